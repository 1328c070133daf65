// What somebody selects in a chart, by box, lasso or click, and which part of it is shown. It listens, and draws nothing.
export default function ({ data, setTriggerValue }) {
  let heard = null;
  let voice = null;
  let later = 0;
  const shown = () => {
    const found = {};
    for (const [name, axis] of Object.entries(heard._fullLayout))
      if (/^[xy]axis\d*$/.test(name) && !axis.autorange) found[name] = axis.range;
    return found;
  };
  const tell = (event) => {
    clearTimeout(later);
    // Plotly also says "selected" of a drawing that was cleared, then without an event.
    if (event)
      setTriggerValue("picked", {
        rows: event.points.map((point) => point.customdata).filter(Number.isInteger),
        view: shown(),
      });
  };
  const clear = () => tell({ points: [] });
  const moved = (event) => {
    if (!Object.keys(event).some((name) => /^[xy]axis/.test(name))) return;
    clearTimeout(later);
    later = setTimeout(() => setTriggerValue("moved", shown()), 500);
  };
  const heeded = { plotly_selected: tell, plotly_deselect: clear, plotly_relayout: moved };
  const leave = () => {
    for (const [name, act] of Object.entries(heeded)) heard?.removeListener(name, act);
    heard = voice = null;
  };
  const find = () => {
    const chart = document.querySelector(`.st-key-${CSS.escape(data.figure)} .js-plotly-plot`);
    // Plotly forgets who listens when it draws into the same place anew: its voice is another one then.
    if (!chart?.on || (chart === heard && chart._ev === voice)) return;
    leave();
    for (const [name, act] of Object.entries(heeded)) chart.on(name, act);
    heard = chart;
    voice = chart._ev;
  };
  // The chart comes after this, and comes anew when what it shows has changed.
  const timer = setInterval(find, 200);
  find();
  return () => {
    clearInterval(timer);
    clearTimeout(later);
    leave();
  };
}
