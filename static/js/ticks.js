/* Ticked rows of the runs table: they stay ticked while rows change, and raise a bar. */
"use strict";

const form = document.querySelector("#bulk");
const region = document.querySelector("[data-runs]");
const ticked = new Set();
const boxes = () => [...region.querySelectorAll("input[name=run]")];

function show() {
  for (const box of boxes()) box.checked = ticked.has(box.value);
  const all = region.querySelector("[data-tick-all]");
  const on = boxes().filter((box) => box.checked).length;
  if (all) {
    all.checked = on > 0 && on === boxes().length;
    all.indeterminate = on > 0 && on < boxes().length;
  }
  form.querySelector("[data-ticked]").textContent = ticked.size;
  form.classList.toggle("is-raised", ticked.size > 0);
}

if (form) {
  // A browser that goes back to the page has kept the ticks of then.
  for (const box of boxes()) if (box.checked) ticked.add(box.value);
  show();
  region.addEventListener("change", (event) => {
    const changed = event.target.matches("[data-tick-all]") ? boxes() : [event.target];
    for (const box of changed) {
      if (box.name !== "run") continue;
      if (event.target.checked) ticked.add(box.value);
      else ticked.delete(box.value);
    }
    show();
  });
  document.addEventListener("htmx:after:swap", () => {
    // A row that left the page is not acted on unseen.
    const here = new Set(boxes().map((box) => box.value));
    for (const value of ticked) if (!here.has(value)) ticked.delete(value);
    show();
  });
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-untick]")) return;
    ticked.clear();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.activeElement?.closest?.("tr")?.querySelector("input[name=run]");
    if (!box || document.activeElement === box) return;
    event.preventDefault();
    box.click();
  });
}
