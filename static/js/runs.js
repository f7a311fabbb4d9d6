/* Pages of runs: running clocks, new rows, choosing a step, the lightbox. Links work without it. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const region = $("[data-run], [data-runs]");

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
  if (!region?.matches("[data-runs]")) return;
  region.setAttribute("hx-get", $("[data-poll]", region).dataset.poll);
  const arrived = $("[data-load]", region);
  if (arrived && idle()) load(arrived.getAttribute("href"));
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  const link = event.target.closest?.("[data-step], [data-load]");
  if (!link || !region?.contains(link)) return;
  event.preventDefault();
  const url = new URL(link.href);
  if (link.matches("[data-step]")) history.replaceState(history.state, "", url);
  load(url.pathname + url.search);
});

// A recording that is not there yet is asked for again, then says so -------------------------------
const TRIES = 5;
const tried = new WeakMap();
const lost = (video) => {
  const tries = tried.get(video) ?? 0;
  tried.set(video, tries + 1);
  if (tries < TRIES) {
    setTimeout(() => video.isConnected && video.load(), 1000 * 2 ** tries);
    return;
  }
  video.hidden = true;
  const notice = $("[data-video-lost]", video.parentElement);
  if (notice) notice.hidden = false;
};
document.addEventListener("error", (event) => event.target.matches?.("video") && lost(event.target), true);
for (const video of $$("video")) if (video.error) lost(video);

// Lightbox ----------------------------------------------------------------------------------------
const box = $("#lightbox");
let shots = [];
let at = 0;

function show(index) {
  at = (index + shots.length) % shots.length;
  const link = shots[at];
  $("#lightbox-image").src = link.href;
  $("#lightbox-image").alt = link.dataset.caption;
  $("#lightbox-caption").textContent = link.dataset.caption;
  $("#lightbox-count").textContent = `${at + 1} of ${shots.length}`;
  $("#lightbox-open").href = link.href;
}

if (box) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-shot]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const film = $$(".film [data-shot]");
    const same = film.find((one) => one.href === link.href);
    shots = same ? film : [link];
    show(shots.indexOf(same ?? link));
    box.showModal();
  });
  box.addEventListener("click", (event) => {
    const verb = event.target.closest("[data-lightbox]")?.dataset.lightbox;
    if (verb === "close") box.close();
    if (verb === "back") show(at - 1);
    if (verb === "on") show(at + 1);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(at - 1);
    if (event.key === "ArrowRight") show(at + 1);
  });
}
