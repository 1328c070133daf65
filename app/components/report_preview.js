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
  if (frame.report !== data.html) {
    frame.report = data.html;
    // An address of its own, unlike srcdoc: links to sections stay inside the frame.
    const address = URL.createObjectURL(new Blob([data.html], { type: "text/html;charset=utf-8" }));
    if (frame.address) URL.revokeObjectURL(frame.address);
    frame.address = address;
    frame.src = address;
  }
  return () => {
    if (frame.address) URL.revokeObjectURL(frame.address);
  };
}
