/* The steps of a run: one is chosen without a reload, the keyboard walks them. Links work without it. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const region = $("[data-run]");

// Choosing ----------------------------------------------------------------------------------------
/* What is to be done once the answer is in the page: to go to the step's line, or to stay. */
let chosen = null;

function choose(url, goes) {
  chosen = { goes, search: url.search };
  history.replaceState(history.state, "", url);
  if (region.matches("[hx-get]")) region.setAttribute("hx-get", url.pathname + url.search);
  htmx.ajax("GET", url.pathname + url.search, { target: region, swap: "innerMorph" });
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  const link = event.target.closest?.("a[data-step]");
  if (!link || !region) return;
  event.preventDefault();
  choose(new URL(link.href), !link.closest(".steps"));
});

/* The folds that hide it open; those of a person's own choice stay. */
function show(line) {
  for (let fold = line.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])"))
    fold.open = true;
}

document.addEventListener("htmx:after:swap", () => {
  follow();
  const line = chosen && $(".steps [aria-current]");
  // An answer that was on its way before shows what was chosen then.
  if (!line || line.search !== chosen.search) return;
  show(line);
  if (chosen.goes) {
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "center" });
  }
  chosen = null;
});

// The strip of screenshots shows those of the chosen step ------------------------------------------
let followed = "";

function follow() {
  const film = $(".film:not(.wrap)");
  const first = film && $(".marked", film);
  if (!first || first.id === followed) return;
  followed = first.id;
  const room = film.getBoundingClientRect();
  const place = first.getBoundingClientRect();
  film.scrollLeft += place.left - room.left - Math.max(16, (room.width - place.width) / 2);
}
follow();

// Walking -----------------------------------------------------------------------------------------
const LINE = ".step-line";
const lines = () => $$(`.steps ${LINE}`).filter((line) => line.checkVisibility());
const foldOf = (line) => $(":scope > details", line.parentElement);
const above = (line) => line.parentElement.parentElement.closest("li.step")?.querySelector(LINE);

function go(line) {
  line?.focus({ preventScroll: true });
  line?.scrollIntoView({ block: "nearest" });
}

function by(count, line) {
  const all = lines();
  go(all[Math.min(Math.max(all.indexOf(line) + count, 0), all.length - 1)]);
}

const WALK = {
  ArrowDown: (line) => by(1, line),
  ArrowUp: (line) => by(-1, line),
  Home: () => go(lines()[0]),
  End: () => go(lines().at(-1)),
  ArrowRight(line) {
    const fold = foldOf(line);
    if (fold && !fold.open) fold.open = true;
    else if (fold) by(1, line);
  },
  ArrowLeft(line) {
    const fold = foldOf(line);
    if (fold?.open) fold.open = false;
    else go(above(line));
  },
  v(line) {
    const at = line.dataset.at;
    if (at) document.dispatchEvent(new CustomEvent("moment", { detail: Number(at) }));
  },
};
WALK.j = WALK.ArrowDown;
WALK.k = WALK.ArrowUp;

/* Here and not at the document: the page's own j and k must not hear of it. */
region?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const line = event.target.closest?.(".steps li.step")?.querySelector(LINE);
  const walk = line && WALK[event.key];
  if (!walk) return;
  event.preventDefault();
  event.stopPropagation();
  walk(line);
});
