// A report in a frame that may do nothing: no scripts, no forms, no network, no origin of its own.
export default function ({ data, parentElement }) {
  let frame = parentElement.querySelector("iframe");
  if (!frame) {
    frame = document.createElement("iframe");
    frame.className = "report";
    frame.setAttribute("sandbox", "");
    frame.setAttribute("referrerpolicy", "no-referrer");
    parentElement.appendChild(frame);
  }
  frame.title = data.title;
  // In such a frame a bare "#section" would lead to the page around it.
  const html = data.html.replaceAll('href="#', 'href="about:srcdoc#');
  if (frame.srcdoc !== html) frame.srcdoc = html;
}
