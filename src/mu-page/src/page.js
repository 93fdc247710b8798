"use strict";
// A click on a number shows the steps behind it; each step opens to what it was told, what it took and what it was made from.
(() => {
  const steps = JSON.parse(document.getElementById("steps").textContent);
  const panel = document.getElementById("evidence");
  const trail = document.getElementById("trail");

  const make = (name, text) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const facts = (key, step) => {
    const list = make("dl");
    const say = (name, value) => { if (value !== undefined && value !== null && value !== "") list.append(make("dt", name), make("dd", String(value))); };
    say("key", key);
    say("value", step.value);
    say("took", step.seconds === undefined ? undefined : step.seconds.toFixed(3) + " s");
    say("made", step.made ? new Date(step.made * 1000).toISOString() : undefined);
    say("mu", step.mu);
    for (const [name, value] of Object.entries(step.environment || {})) say(name, value);
    for (const [name, digest] of Object.entries(step.files || {})) say(name, "BLAKE3 " + digest);
    return list;
  };

  const node = (key) => {
    const step = steps[key];
    const details = make("details");
    if (!step) { details.append(make("summary", key.slice(0, 12))); return details; }
    const summary = make("summary", step.step + " " + step.point + (step.value === undefined ? "" : " = " + step.value));
    details.append(summary);
    // Filled when it is opened: a step may have many inputs.
    details.addEventListener("toggle", () => {
      if (!details.open || details.dataset.filled) return;
      details.dataset.filled = "yes";
      const told = make("details");
      told.append(make("summary", "what it was told"), make("pre", JSON.stringify(step.parameters, null, 1)));
      details.append(facts(key, step), told, ...step.inputs.map(node));
    });
    return details;
  };

  const show = (cell) => {
    document.querySelectorAll("td.chosen").forEach((c) => c.classList.remove("chosen"));
    cell.classList.add("chosen");
    const keys = cell.dataset.steps.split(" ");
    const parts = keys.map(node);
    trail.replaceChildren(make("h3", cell.textContent), make("p", keys.length + " measured numbers"), ...parts);
    panel.hidden = false;
    if (parts.length === 1) parts[0].open = true;
  };

  for (const cell of document.querySelectorAll("td[data-steps]")) {
    cell.tabIndex = 0;
    cell.addEventListener("click", () => show(cell));
    cell.addEventListener("keydown", (event) => { if (event.key === "Enter") show(cell); });
  }
  const close = () => { panel.hidden = true; document.querySelectorAll("td.chosen").forEach((c) => c.classList.remove("chosen")); };
  document.getElementById("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
})();
