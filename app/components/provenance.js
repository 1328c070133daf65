// Provenance text and a button that copies the command. Texts are set as text, never as HTML.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  // Without HTTPS or localhost there is no clipboard interface: the old way, through a selection.
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.appendChild(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

export default function ({ data, parentElement }) {
  let strip = parentElement.querySelector(".strip");
  if (!strip) {
    strip = document.createElement("div");
    strip.className = "strip";
    strip.append(document.createElement("span"), document.createElement("button"));
    strip.lastChild.type = "button";
    parentElement.appendChild(strip);
  }
  const [line, button] = strip.children;
  const resting = "copy command";
  line.textContent = data.text;
  button.textContent = resting;
  button.title = data.command;
  button.setAttribute("aria-label", `copy the command: ${data.command}`);
  button.onclick = async () => {
    const done = await copy(data.command).catch(() => false);
    button.textContent = done ? "copied" : data.command;
    if (done) setTimeout(() => (button.textContent = resting), 1600);
  };
}
