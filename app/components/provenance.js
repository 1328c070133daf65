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

function save(content, type, name) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// Plotly draws the file itself, whatever the chart is made of; its own button, hidden until hovered, begins it.
function saveCharts(key, format, name) {
  const charts = document.querySelectorAll(`.st-key-${CSS.escape(key)} .js-plotly-plot`);
  charts.forEach((chart, place) => {
    const button = chart.querySelector('.modebar-btn[data-attr="format"], .modebar-btn[data-title^="Download"]');
    if (!button || !chart._context) return;
    const filename = charts.length > 1 ? `${name}-${place + 1}` : name;
    chart._context.toImageButtonOptions = { format, filename, scale: format === "png" ? 2 : 1 };
    button.click();
  });
  return charts.length > 0;
}

// On the page a chart's ground is transparent. A file has no page behind it, and light words on white paper cannot be
// read: while Plotly copies the chart for a file, whichever button began it, it has the page's own ground.
function grounded(event) {
  const chart = event.target.closest?.('.modebar-btn[data-title^="Download"]')?.closest(".js-plotly-plot");
  if (!chart?.layout) return;
  const before = chart.layout.paper_bgcolor;
  chart.layout.paper_bgcolor = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
  setTimeout(() => (chart.layout.paper_bgcolor = before));
}
if (!window.labGrounded) {
  window.labGrounded = true;
  document.addEventListener("click", grounded, true);
}

export default function ({ data, parentElement }) {
  let strip = parentElement.querySelector(".strip");
  if (!strip) {
    strip = document.createElement("div");
    strip.className = "strip";
    parentElement.appendChild(strip);
  }
  strip.replaceChildren();
  const line = document.createElement("span");
  line.textContent = data.text;
  strip.appendChild(line);
  const add = (words, said, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.title = said;
    button.setAttribute("aria-label", said);
    button.onclick = () => act(button);
    strip.appendChild(button);
  };
  if (data.csv !== null && data.csv !== undefined)
    add("CSV", "save the numbers of this figure as CSV", () => save(data.csv, "text/csv", `${data.name}.csv`));
  if (data.figure)
    for (const format of ["png", "svg"])
      add(format.toUpperCase(), `save this figure as ${format.toUpperCase()}`, () => saveCharts(data.figure, format, data.name));
  if (data.command)
    add("copy command", `copy the command: ${data.command}`, async (button) => {
      const done = await copy(data.command).catch(() => false);
      button.textContent = done ? "copied" : data.command;
      if (done) setTimeout(() => (button.textContent = "copy command"), 1600);
    });
}
