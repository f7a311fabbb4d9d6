/* Pages of runs: running clocks, and new rows of the table. Links work without it. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const region = $("[data-runs]");

// Clocks of what still runs: the same words as `duration` in dashboard/templatetags/ui.py --------
const told = Number(document.documentElement.dataset.now);
const skew = told ? told * 1000 - Date.now() : 0;
const two = (number) => String(number).padStart(2, "0");

function duration(seconds) {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
  return `${Math.floor(seconds / 86400)}d ${Math.floor((seconds % 86400) / 3600)}h`;
}

function tick() {
  const now = Date.now() + (Math.abs(skew) > 5000 ? skew : 0);
  for (const clock of $$("[data-since]")) {
    const text = duration(Math.max(0, Math.floor((now - Date.parse(clock.dataset.since)) / 1000)));
    if (clock.textContent !== text) clock.textContent = text;
  }
}
tick();
setInterval(() => document.hidden || tick(), 1000);

// Loading another state of the region; a live one goes on polling that one ---------------------------
function load(url) {
  if (region.matches("[hx-get]")) region.setAttribute("hx-get", url);
  return htmx.ajax("GET", url, { target: region, swap: "innerMorph" });
}

/* New runs come in by themselves while nobody reads or points at the table; else they wait. */
function idle() {
  return scrollY < 40 && !region.contains(document.activeElement) && !region.matches(":hover");
}
document.addEventListener("htmx:after:swap", () => {
  tick();
  if (!region) return;
  region.setAttribute("hx-get", $("[data-poll]", region).dataset.poll);
  const arrived = $("[data-load]", region);
  if (arrived && idle()) load(arrived.getAttribute("href"));
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  const link = event.target.closest?.("[data-load]");
  if (!link || !region?.contains(link)) return;
  event.preventDefault();
  const url = new URL(link.href);
  load(url.pathname + url.search);
});
