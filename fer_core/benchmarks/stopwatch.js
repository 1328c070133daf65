// Times in the page itself, from the visitor's click to what is then drawn. Runs before anything else in every tab.
(() => {
  const STILL = 300; // milliseconds without a change: the page is complete since their beginning
  const PATIENCE = 60000; // milliseconds that anything may take
  const lab = { begun: 0, sent: 0, received: 0 };
  const now = () => performance.now();

  // The server's share: from the first message after a click to the last answer.
  const known = new WeakSet();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!known.has(this)) {
      known.add(this);
      this.addEventListener("message", () => { lab.received = now(); });
    }
    if (lab.sent < lab.begun) lab.sent = now();
    return send.call(this, data);
  };

  // What a click begins: a file given to a field, a selection dragged to its end.
  document.addEventListener("change", (event) => { if (event.target.type === "file") lab.begun = now(); }, true);
  document.addEventListener("mouseup", () => { lab.begun = now(); }, true);

  const fresh = (node) => node && !node.closest('[data-stale="true"]') && node.innerText.trim();
  lab.heading = () => fresh(document.querySelector('[data-testid="stMainBlockContainer"] h1')) || "";
  const still = () =>
    document.querySelector('[data-testid="stApp"]')?.getAttribute("data-test-script-state") === "notRunning" &&
    !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]') &&
    [...document.images].every((image) => image.complete);

  // Milliseconds from `begun` to the first frame in which something is so; says what it waited for in vain.
  lab.until = (so, begun, what) =>
    new Promise((done, fail) => {
      const ends = setTimeout(() => fail(new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`)), PATIENCE);
      const look = () => {
        if (!so()) return requestAnimationFrame(look);
        clearTimeout(ends);
        done(now() - begun);
      };
      look();
    });
  lab.complete = (begun) => {
    let since = null;
    return lab.until(() => {
      since = still() ? since ?? now() : null;
      return since !== null && now() - since >= STILL;
    }, begun, "a page that stands still").then(() => since - begun);
  };

  lab.paths = () =>
    [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')].map((link) => new URL(link.href).pathname);
  lab.turn = async (path) => {
    const before = lab.heading();
    const links = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')];
    const begun = now();
    links.find((link) => new URL(link.href).pathname === path).click();
    const shown = await lab.until(() => lab.heading() && lab.heading() !== before, begun, `the page ${path}`);
    return { shown, complete: await lab.complete(begun) };
  };
  lab.painted = async () => ({ shown: await lab.until(lab.heading, 0, "a heading"), complete: await lab.complete(0) });
  lab.labelled = async () => {
    const says = () =>
      [...document.querySelectorAll('[data-testid="stHtml"]')].some((one) => one.innerText.includes("the model says"));
    await lab.until(() => lab.begun && says(), 0, "the label of an upload");
    return { shown: now() - lab.begun, complete: await lab.complete(lab.begun) };
  };

  // Cards are drawn behind a shadow root.
  const cards = () =>
    [...document.querySelectorAll('[class*="st-key-space_selection"] *')]
      .flatMap((node) => (node.shadowRoot ? [node.shadowRoot] : []))
      .flatMap((root) => [...root.querySelectorAll('[aria-label="selected faces"] img')]);
  lab.faces = () => cards().map((image) => image.alt).join("|");
  lab.selected = async (before) => {
    const there = () => lab.faces() && lab.faces() !== before && cards().every((image) => image.complete);
    await lab.until(() => lab.begun && there(), 0, "the faces of a selection");
    // Tables and buttons follow the faces: they are not waited for.
    const shown = now() - lab.begun, server = lab.received - lab.sent;
    return { shown, server, complete: await lab.complete(lab.begun), faces: cards().length };
  };
  window.lab = lab;
})();
