/* Ticked rows of a table (data-ticks names its boxes): they stay ticked while rows change, and raise
   a bar. This tab remembers them while its person looks at other pages; on the page of a job or a
   bulk change (data-done) each that is done loses its tick, so that back at the table only those
   that failed are left. */
"use strict";

const form = document.querySelector("#bulk");
const region = document.querySelector("[data-ticks]");
const NAME = region?.dataset.ticks ?? "run";
const KEPT = `ticked ${NAME}`;
const BOX = `input[name=${NAME}]`;
const ticked = new Set();
const boxes = () => [...region.querySelectorAll(BOX)];
const kept = () => new Set(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
const keep = (runs) => sessionStorage.setItem(KEPT, JSON.stringify([...runs]));

function show() {
  for (const box of boxes()) box.checked = ticked.has(box.value);
  const head = region.querySelector("[data-tick-all]");
  const on = boxes().filter((box) => box.checked).length;
  if (head) {
    head.checked = on > 0 && on === boxes().length;
    head.indeterminate = on > 0 && on < boxes().length;
  }
  const every = form.elements.all.checked;
  form.querySelector("[data-ticked]").textContent = every ? "All" : ticked.size;
  form.querySelector(".bulk-bar").classList.toggle("is-raised", every || ticked.size > 0);
}

/* A row that left the page is not acted on unseen. */
function leaveOut() {
  const here = new Set(boxes().map((box) => box.value));
  for (const value of ticked) if (!here.has(value)) ticked.delete(value);
}

function recall() {
  ticked.clear();
  for (const run of kept()) ticked.add(run);
  leaveOut();
  show();
}

function table() {
  recall();
  addEventListener("pageshow", recall);
  region.addEventListener("change", (event) => {
    const changed = event.target.matches("[data-tick-all]") ? boxes() : [event.target];
    for (const box of changed) {
      if (box.name !== NAME) continue;
      if (event.target.checked) ticked.add(box.value);
      else ticked.delete(box.value);
    }
    keep(ticked);
    show();
  });
  document.addEventListener("htmx:after:swap", () => {
    leaveOut();
    keep(ticked);
    show();
  });
  form.addEventListener("change", show);
  form.addEventListener("submit", () => form.elements.all.checked && keep([]));
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-untick]")) return;
    ticked.clear();
    form.elements.all.checked = false;
    keep(ticked);
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.activeElement?.closest?.("tr")?.querySelector(BOX);
    if (!box || document.activeElement === box) return;
    event.preventDefault();
    box.click();
  });
}

function job() {
  const left = kept();
  const done = document.querySelector("[data-done]")?.dataset.done ?? "";
  for (const run of done.split(" ")) left.delete(run);
  keep(left);
}

if (form) table();
else {
  job();
  document.addEventListener("htmx:after:swap", job);
}
