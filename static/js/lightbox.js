/* Screenshots at full size, one after the other. Without it a screenshot opens as a file. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const box = $("#lightbox");
const part = (name) => $(`#lightbox-${name}`);
const film = () => $$(".film [data-shot]");

/* The links to page through, and which of them is shown: an update may bring more meanwhile. */
let alone = null;
let shown = "";
let opener = null;
const shots = () => (alone ? [alone] : film());
const place = () => Math.max(shots().findIndex((link) => link.href === shown), 0);

function show(index) {
  const all = shots();
  const link = all[Math.min(Math.max(index, 0), all.length - 1)];
  if (!link) return box.close();
  const { caption, time, after, at, of } = link.dataset;
  shown = link.href;
  part("image").src = link.href;
  part("image").alt = caption;
  part("caption").textContent = caption;
  part("time").textContent = [time, after && `${after} into the run`].filter(Boolean).join(" · ");
  part("count").textContent = counted(link, all);
  part("open").href = link.href;
  offer(part("step"), of && $("[data-run]"));
  if (of) part("step").href = `?step=${encodeURIComponent(of)}`;
  offer(part("moment"), at && $("[data-player] video"));
  part("moment").dataset.moment = at ?? "";
  $("[data-lightbox=back]", box).setAttribute("aria-disabled", link === all[0]);
  $("[data-lightbox=on]", box).setAttribute("aria-disabled", link === all.at(-1));
}

function counted(link, all) {
  const strip = alone ? null : link.closest("[data-total]");
  const first = Number(strip?.dataset.first ?? 0);
  return `${first + all.indexOf(link) + 1} of ${strip?.dataset.total ?? all.length}`;
}

function offer(control, there) {
  control.hidden = !there;
}

if (box) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-shot]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const same = film().find((one) => one.href === link.href);
    [alone, shown, opener] = [same ? null : link, link.href, link];
    show(place());
    box.showModal();
  });
  box.addEventListener("click", (event) => {
    const verb = event.target.closest("[data-lightbox]")?.dataset.lightbox;
    if (verb === "close") box.close();
    if (verb === "back") show(place() - 1);
    if (verb === "on") show(place() + 1);
    if (verb === "leave") leave();
  });
  box.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: place() - 1, ArrowRight: place() + 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  /* The browser gives the focus back itself, unless an update took away what had it. */
  box.addEventListener("close", () => {
    if (opener && !opener.isConnected) film().find((link) => link.href === opener.href)?.focus();
    opener = null;
  });
}

/* To a place of the page: the one that is gone to has the focus then. */
function leave() {
  opener = null;
  box.close();
}

// A screenshot that cannot be had says so in its place ----------------------------------------------
function lost(image) {
  if (!box || image.hidden) return;
  const said = document.createElement("span");
  said.className = "shot-lost";
  said.textContent = box.dataset.lost;
  image.hidden = true;
  image.after(said);
}
document.addEventListener("error", (event) => event.target.matches?.("[data-shot] img") && lost(event.target), true);
function look() {
  for (const image of $$("[data-shot] img")) if (image.complete && !image.naturalWidth && image.src) lost(image);
}
document.addEventListener("htmx:after:swap", look);
look();
