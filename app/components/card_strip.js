// Cards of one size, each a button. Texts are set as text, never as HTML.
function picture(card) {
  if (!card.src) {
    const gone = document.createElement("div");
    gone.className = "gone";
    gone.textContent = "–";
    return gone;
  }
  const image = document.createElement("img");
  image.src = card.src;
  image.alt = card.alt;
  return image;
}

export default function ({ data, parentElement, setTriggerValue }) {
  let strip = parentElement.querySelector(".strip");
  if (!strip) {
    strip = document.createElement("div");
    strip.className = "strip";
    strip.setAttribute("role", "group");
    parentElement.appendChild(strip);
  }
  strip.setAttribute("aria-label", data.label);
  while (strip.children.length > data.cards.length) strip.lastChild.remove();
  data.cards.forEach((card, place) => {
    let button = strip.children[place];
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      strip.appendChild(button);
    }
    // Rebuilt only when it shows something else, so that a chosen card keeps the keyboard's focus.
    const now = JSON.stringify([card.src, card.title, card.note]);
    if (button.dataset.now !== now) {
      const title = document.createElement("b");
      title.textContent = card.title;
      const note = document.createElement("small");
      note.textContent = card.note;
      button.replaceChildren(picture(card), title, note);
      button.dataset.now = now;
    }
    button.title = card.alt;
    button.style.setProperty("--tint", card.colour);
    button.style.setProperty("--ink", card.ink);
    button.setAttribute("aria-pressed", String(place === data.chosen));
    button.onclick = () => setTriggerValue("chosen", place);
  });
}
