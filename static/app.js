/* Live regions, times, dialogs, toasts. Every page works without it, only less lively. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, selector, act, options) =>
  document.addEventListener(
    type,
    (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(event, found);
    },
    options,
  );
const cookie = (name, value) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
};

// Time ------------------------------------------------------------------------------------------
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) cookie("zone", zone);

const told = Number(document.documentElement.dataset.now);
const skew = told ? told * 1000 - Date.now() : 0;
const serverNow = () => Date.now() + (Math.abs(skew) > 5000 ? skew : 0);
const UNITS = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [Infinity, 86400, "d"]];

/* The same words as `relative` in dashboard/templatetags/ui.py. */
function relative(moment) {
  const seconds = Math.round((moment - serverNow()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return seconds <= 0 ? "just now" : "now";
  const [, unit, name] = UNITS.find(([limit]) => size < limit);
  const text = `${Math.floor(size / unit)} ${name}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

function tick(root = document) {
  for (const time of $$("time:not([data-fixed])", root)) {
    const text = relative(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}
tick();
setInterval(() => document.hidden || tick(), 1000);

/* In the viewer's zone, then UTC: "Mon 23 Nov 2026, 13:03:07 CET", "12:03:07 UTC". */
function exactly(moment) {
  const written = (options) => new Intl.DateTimeFormat("en-GB", options).format(moment);
  const day = (timeZone) =>
    written({ weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone }).replace(",", "");
  const clock = (timeZone) => written({ timeStyle: "long", timeZone });
  const text = `${day()}, ${clock()}`;
  if (new Date(moment).getTimezoneOffset() === 0) return text;
  return `${text}\n${day() === day("UTC") ? "" : `${day("UTC")}, `}${clock("UTC")}`;
}

// Live regions: one clock for all; an answer that took long is asked for less often ---------------
const BUSY = 750;
const IDLE = 5000;
const ATTENTION = 60_000;
const regions = new Map();
const state = (region) => {
  if (!regions.has(region)) regions.set(region, { due: 0, asked: 0, failures: 0 });
  return regions.get(region);
};
let attended = performance.now();
for (const sign of ["pointermove", "keydown", "scroll", "focus"])
  window.addEventListener(sign, () => (attended = performance.now()), { passive: true });
/* Quick while something in it moves or a person is there, calm on a screen left alone. */
function pause(region) {
  if ($("[data-busy]", region)) return BUSY;
  return performance.now() - attended < ATTENTION && !region.matches("[data-calm]") ? BUSY : IDLE;
}

function poll(everything = false) {
  if (document.hidden || !window.htmx) return;
  const now = performance.now();
  for (const region of regions.keys()) if (!region.isConnected) regions.delete(region);
  for (const region of $$("[data-live]")) {
    const mine = state(region);
    if (mine.asked || (!everything && now < mine.due)) continue;
    mine.asked = now;
    region.dispatchEvent(new CustomEvent("poll"));
  }
}

function settled(region, failed) {
  const mine = state(region);
  const began = mine.asked || performance.now();
  const took = performance.now() - began;
  mine.asked = 0;
  mine.failures = failed ? mine.failures + 1 : 0;
  const backoff = failed ? Math.min(60_000, 2000 * 2 ** mine.failures) : 0;
  mine.due = began + Math.max(pause(region), 3 * took, backoff);
  region.classList.toggle("stale", mine.failures > 1);
  region.toggleAttribute("data-stale", mine.failures > 1);
  const lost = [...regions.values()].some((each) => each.failures > 1);
  $("#offline")?.toggleAttribute("hidden", !lost || !$("#signed-out").hidden);
}

for (const region of $$("[data-live]")) state(region).due = performance.now() + pause(region);
setInterval(poll, 100);
document.addEventListener("visibilitychange", () => document.hidden || poll(true));
window.addEventListener("online", () => poll(true));

/* A browser may have kept the whole page of that address. Firefox takes "not modified" for leave to
   show what it kept, and the page would be put into its own region. */
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  ctx.request.cache = "no-store";
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  const region = ctx.sourceElement;
  if (region?.matches?.("[data-live]")) settled(region, !(ctx.response?.status < 400));
  if (ctx.response?.status === 401) signedOut();
});

/* How many runs are live, in the tab's title as in the rail. */
const plain = document.title;
function titled() {
  const count = $("#nav-live")?.firstChild?.nodeValue ?? "";
  document.title = count ? `(${count}) ${plain}` : plain;
}
titled();

document.addEventListener("htmx:after:swap", (event) => {
  tick();
  titled();
  const region = event.detail.ctx?.sourceElement;
  if (region?.matches?.("[data-live]")) {
    // A region that has just become busy need not wait out its idle pause.
    const mine = state(region);
    mine.due = Math.min(mine.due, performance.now() + pause(region));
  }
});

function signedOut() {
  const notice = $("#signed-out");
  if (!notice || !notice.hidden) return;
  $("a", notice).search = `?next=${encodeURIComponent(location.pathname + location.search)}`;
  notice.hidden = false;
  for (const region of $$("[data-live]")) region.removeAttribute("data-live");
}

/* What a person opened or closed is theirs: an update does not undo it. Nor does it take the tabindex
   that a script gave to what has the focus: a browser may take the focus away with it. */
window.htmx?.registerExtension("keep", {
  htmx_before_morph_attr(element, { attrName }) {
    return !(
      (attrName === "open" && element.matches("details, dialog")) ||
      (attrName === "tabindex" && element === document.activeElement) ||
      attrName === "data-dirty" ||
      (attrName === "value" && element.hasAttribute("data-dirty"))
    );
  },
});
on("input", "input, select, textarea", (_event, field) => field.setAttribute("data-dirty", ""));

// Dialogs and forms -------------------------------------------------------------------------------
function ask(form) {
  const dialog = $("#confirm");
  $("#confirm-title").textContent = form.dataset.confirm;
  $("#confirm-detail").textContent = form.dataset.confirmDetail || "";
  $("[value=yes]", dialog).textContent = form.dataset.confirmVerb || "Yes";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

/* Form → the button it was sent by: twice by the same one is a double click, by another it is not. */
const sent = new WeakMap();
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  const button = event.submitter;
  if (sent.has(form) && sent.get(form) === button) return event.preventDefault();
  const asking = button?.dataset.confirm ? button : form;
  if (asking.dataset.confirm && !form.dataset.confirmed) {
    event.preventDefault();
    if (!(await ask(asking))) return button?.focus();
    form.dataset.confirmed = "yes";
    form.requestSubmit(button);
    return;
  }
  delete form.dataset.confirmed;
  if (form.hasAttribute("hx-post")) return;
  sent.set(form, button);
  busy(form, true, button);
  // An answer that is a download leaves the page where it is.
  setTimeout(() => busy(form, false), 15_000);
});

function busy(form, state, pressed) {
  for (const button of pressed ? [pressed] : $$("button:not([type=button]), input[type=submit]", form)) {
    if (state) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  }
  if (!state) sent.delete(form);
}
window.addEventListener("pageshow", () => $$("form").forEach((form) => busy(form, false)));

on("click", "[data-opens]", (event, opener) => {
  const dialog = document.getElementById(opener.dataset.opens);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  opener.closest("details.menu")?.removeAttribute("open");
  dialog.showModal();
});
on("click", "dialog", (event, dialog) => {
  // A press on the backdrop has the dialog itself as its target, outside its box.
  if (event.target !== dialog) return;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right &&
    event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});
document.addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
$("[data-focus]")?.focus();

// Toasts, copying, theme, tooltips ----------------------------------------------------------------
function toast(text) {
  const made = $("#toast-template").content.firstElementChild.cloneNode(true);
  $("span", made).textContent = text;
  $("#toasts").append(made);
}
on("click", "[data-dismiss]", (_event, button) => button.closest(".toast").remove());
for (const calm of $$(".toast:not(.error, .warning)")) {
  const leave = () => setTimeout(() => calm.matches(":hover, :focus-within") ? leave() : calm.remove(), 8000);
  leave();
}

/* A key may pass over choices on its way to the one that is meant; then Enter or the button sends. */
let pressed = false;
document.addEventListener("pointerdown", () => (pressed = false), true);
document.addEventListener("keydown", () => (pressed = true), true);
on("change", "[data-autosubmit] select", (_event, select) => pressed || select.form.requestSubmit());
on("keydown", "[data-autosubmit] select", (event, select) => event.key === "Enter" && select.form.requestSubmit());

on("click", "[data-copy]", async (_event, button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return toast(`Copying is not allowed here. The text is: ${button.dataset.copy}`);
  }
  const label = button.getAttribute("aria-label");
  button.dataset.done = "";
  button.setAttribute("aria-label", "Copied");
  setTimeout(() => {
    delete button.dataset.done;
    button.setAttribute("aria-label", label);
  }, 1500);
});

on("click", "[data-theme-toggle]", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  cookie("theme", root.dataset.theme);
});

const tip = $("#tip");
const TIPPED = "[data-tip], time";
let tipped = null;
function showTip(element) {
  tipped = element;
  tip.textContent = element.dataset.tip ?? exactly(Date.parse(element.dateTime));
  tip.showPopover();
  const at = element.getBoundingClientRect();
  const box = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - box.width / 2), innerWidth - box.width - 8);
  const above = at.top - box.height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above < 4 ? at.bottom + 6 : above}px`;
  element.setAttribute("aria-describedby", "tip");
}
function hideTip() {
  tipped?.removeAttribute("aria-describedby");
  tipped = null;
  if (tip?.matches(":popover-open")) tip.hidePopover();
}
if (tip) {
  on("mouseover", TIPPED, (_event, element) => showTip(element));
  on("focusin", TIPPED, (_event, element) => showTip(element));
  on("focusout", TIPPED, hideTip);
  on("mouseout", TIPPED, (event) => tip.contains(event.relatedTarget) || hideTip());
  tip.addEventListener("mouseleave", hideTip);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
  document.addEventListener("scroll", hideTip, { passive: true, capture: true });
}
