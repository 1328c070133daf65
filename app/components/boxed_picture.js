// A picture with its faces as buttons: click or Enter chooses one. Texts are set as text, never as HTML.
export default function ({ data, parentElement, setTriggerValue }) {
  let frame = parentElement.querySelector(".frame");
  if (!frame) {
    frame = document.createElement("div");
    frame.className = "frame";
    const image = document.createElement("img");
    const layer = document.createElement("div");
    layer.className = "layer";
    frame.append(image, layer);
    parentElement.appendChild(frame);
  }
  const [image, layer] = frame.children;
  if (image.src !== data.src) image.src = data.src;
  image.alt = data.alt;

  // object-fit leaves bars beside tall pictures: the layer takes the size of the pixels, not of the element.
  const fit = () => {
    const scale = Math.min(image.clientWidth / data.width, image.clientHeight / data.height) || 0;
    layer.style.width = `${data.width * scale}px`;
    layer.style.height = `${data.height * scale}px`;
  };
  image.onload = fit;
  const watcher = new ResizeObserver(fit);
  watcher.observe(image);
  fit();

  while (layer.children.length > data.faces.length) layer.lastChild.remove();
  data.faces.forEach((face, place) => {
    let box = layer.children[place];
    if (!box) {
      box = document.createElement("button");
      box.type = "button";
      box.appendChild(document.createElement("b"));
      layer.appendChild(box);
    }
    const chosen = place === data.chosen;
    box.style.cssText = `left:${face.left}%;top:${face.top}%;width:${face.width}%;height:${face.height}%`;
    box.style.setProperty("--tint", face.colour);
    box.style.setProperty("--ink", face.ink);
    box.className = `${face.top < 6 ? "low" : ""} ${face.left > 70 ? "right" : ""}`;
    box.setAttribute("aria-pressed", String(chosen));
    box.setAttribute("aria-label", `face ${face.number}: ${face.said}`);
    box.firstChild.textContent = chosen ? `${face.number} · ${face.said}` : String(face.number);
    box.onclick = () => setTriggerValue("chosen", place);
  });
  return () => watcher.disconnect();
}
