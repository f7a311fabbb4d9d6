/* Recordings: speed, single pictures, and the way between a moment and its step.
   Without it the browser's own controls are there. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const players = () => $$("[data-player]").filter((player) => $("video", player));
const between = (low, number, high) => Math.min(Math.max(number, low), high);
const number = (text) => (text ? Number(text) : NaN);

// Where its seconds lie on the clock: see clock_of in runs/recording.py ------------------------------
/* `zero`: when its first picture was taken, in ms; `length` in seconds, as far as is known. */
function scale(player) {
  const [earliest, latest, closed] = ["earliest", "latest", "closed"].map((name) => number(player.dataset[name]));
  const { duration } = $("video", player);
  const known = Number.isFinite(duration) && duration > 0;
  const back = known && closed ? closed - duration * 1000 : NaN;
  const low = Number.isNaN(earliest) ? -Infinity : earliest;
  const high = Number.isNaN(latest) ? Infinity : Math.max(latest, low);
  const zero = Number.isNaN(back) ? earliest : between(low, back, high);
  return { zero, length: known ? duration : Math.max((closed - zero) / 1000, 0) || 0 };
}

/* A webm that was cut off does not know its length before it was read to its end. Where it is loaded
   again meanwhile, as after an error, it is read to its end again. */
function measured(video) {
  if (Number.isFinite(video.duration)) return Promise.resolve();
  const was = video.currentTime;
  return new Promise((done) => {
    const signals = ["loadedmetadata", "durationchange"];
    const leave = () => {
      clearTimeout(timer);
      for (const type of signals) video.removeEventListener(type, look);
      done();
    };
    const look = () => {
      if (Number.isFinite(video.duration)) {
        video.currentTime = was;
        leave();
      } else if (video.readyState) video.currentTime = 1e7;
    };
    const timer = setTimeout(leave, 10_000);
    for (const type of signals) video.addEventListener(type, look);
    look();
  });
}

// To a moment ---------------------------------------------------------------------------------------
function playerAt(at) {
  const begun = players().filter((player) => !(number(player.dataset.earliest) > at));
  return begun.at(-1) ?? players()[0];
}

async function seek(at, player = playerAt(at)) {
  if (!player || Number.isNaN(at)) return;
  const video = $("video", player);
  video.focus({ preventScroll: true });
  player.scrollIntoView({ block: "nearest" });
  video.pause();
  if (!video.readyState) video.load();
  await measured(video);
  const { zero, length } = scale(player);
  video.currentTime = between(0, (at - zero) / 1000, Math.max(length - 0.05, 0));
}
document.addEventListener("moment", (event) => seek(event.detail));
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-moment]");
  if (button) seek(number(button.dataset.moment), button.closest("[data-player]") ?? undefined);
});

// Speed, kept in this browser -----------------------------------------------------------------------
const SPEED = "recording-speed";
const kept = () => {
  try {
    return localStorage.getItem(SPEED) ?? "1";
  } catch {
    return "1"; // a browser that keeps nothing for us
  }
};

function set(speed) {
  for (const player of players()) {
    const video = $("video", player);
    const choice = $("[data-speed]", player);
    if (![...choice.options].some((option) => option.value === speed)) continue;
    if (video.playbackRate !== Number(speed)) video.playbackRate = video.defaultPlaybackRate = Number(speed);
    choice.value = speed;
  }
}
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-speed]")) return;
  try {
    localStorage.setItem(SPEED, event.target.value);
  } catch {
    // It holds for this page then.
  }
  set(event.target.value);
});

// One picture on or back ----------------------------------------------------------------------------
const USUAL = 1 / 25;
/* Video → what is known of its pictures: the time of the one that is shown, and how long each is. */
const pictures = new WeakMap();

function watch(video) {
  if (pictures.has(video)) return;
  const known = { shown: NaN, length: USUAL, learned: false };
  pictures.set(video, known);
  if (!video.requestVideoFrameCallback) return;
  const note = (_now, { mediaTime }) => {
    const apart = mediaTime - known.shown;
    if (!video.paused && apart > 0.001 && apart < 1 && (!known.learned || apart < known.length)) {
      [known.length, known.learned] = [apart, true];
    }
    known.shown = mediaTime;
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
}

function step(video, count) {
  watch(video);
  video.pause();
  const known = pictures.get(video);
  const near = Math.abs(known.shown - video.currentTime) <= known.length;
  const from = near ? known.shown : video.currentTime;
  const last = Number.isFinite(video.duration) ? video.duration : Infinity;
  // A little into the picture, so that rounding does not show its neighbour.
  video.currentTime = between(0, from + count * known.length + Math.min(0.002, known.length / 4), last);
}

const VERBS = {
  back: (video) => step(video, -1),
  on: (video) => step(video, 1),
  play: (video) => (video.paused ? video.play().catch(() => {}) : video.pause()),
};
document.addEventListener("click", (event) => {
  const verb = event.target.closest?.("[data-play]");
  if (verb) VERBS[verb.dataset.play]($("video", verb.closest("[data-player]")));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const player = event.target.closest?.("[data-player]");
  if (!player || !$("video", player)) return;
  if (event.key === "," || event.key === ".") {
    event.preventDefault();
    VERBS[event.key === "," ? "back" : "on"]($("video", player));
  } else if (event.target.matches("[data-mark]")) rove(event, $$("[data-mark]", player));
});

/* The marks are one stop of Tab; the arrows go among them. */
function rove(event, all) {
  const at = all.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = all[between(0, to, all.length - 1)];
  for (const mark of all) mark.tabIndex = mark === next ? 0 : -1;
  next.focus();
}

// What is drawn of it -------------------------------------------------------------------------------
function clock(seconds) {
  const whole = Math.floor(seconds + 0.0001);
  const tenth = Math.floor((seconds + 0.0001 - whole) * 10);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${tenth}`;
}

function paint(player) {
  const video = $("video", player);
  const { zero, length } = scale(player);
  if (video.hidden || !length || Number.isNaN(zero)) return;
  const share = (at) => between(0, ((at - zero) / 1000 / length) * 100, 100);
  const all = $$("[data-mark]", player);
  const stop = all.find((mark) => mark === document.activeElement) ?? $("[data-current]", player) ?? all[0];
  for (const mark of all) {
    const at = number(mark.dataset.moment);
    const left = share(at);
    const until = number(mark.dataset.until);
    mark.style.left = `${left}%`;
    mark.style.width = `${Math.max((Number.isNaN(until) ? left : share(until)) - left, 0.8)}%`;
    mark.setAttribute("aria-label", `${mark.textContent.trim()}, about ${clock(Math.max((at - zero) / 1000, 0))}`);
    mark.tabIndex = mark === stop ? 0 : -1;
  }
  now(player, video, zero, length);
}

/* The steps in the order of their beginnings: of those in the list, or else of the marks. */
function candidates(player) {
  const listed = $$(".steps .step-line[data-at]");
  const found = listed.length ? listed : $$("[data-mark]", player);
  const timed = found.map((element) => ({ element, at: number(element.dataset.at ?? element.dataset.moment) }));
  return timed.sort((one, other) => one.at - other.at);
}

function now(player, video, zero, length) {
  const at = zero + video.currentTime * 1000;
  $("[data-time]", player).textContent = `${clock(video.currentTime)} / ${clock(length)}`;
  $("[data-head]", player).style.left = `${between(0, (video.currentTime / length) * 100, 100)}%`;
  const link = $("[data-happening]", player);
  const found = candidates(player).findLast((step) => step.at <= at + 1) ?? candidates(player)[0];
  if (!found) return;
  const { of } = found.element.dataset;
  if (link.dataset.of !== of || !link.textContent) {
    link.dataset.of = of;
    link.href = `?step=${encodeURIComponent(of)}`;
    link.textContent = path(found.element);
  }
  link.parentElement.hidden = false;
  const marks = $$("[data-mark]", player);
  const current = marks.findLast((mark) => number(mark.dataset.moment) <= at + 1);
  for (const mark of marks) mark.toggleAttribute("data-current", mark === current);
}

function path(element) {
  if (element.matches("[data-mark]")) return element.textContent.trim();
  const titles = [];
  for (let item = element.closest("li.step"); item; item = item.parentElement.closest("li.step"))
    titles.unshift($(".step-title", item).textContent);
  return titles.join(" › ");
}

function paintAll() {
  set(kept());
  for (const player of players()) {
    watch($("video", player));
    paint(player);
  }
}
for (const type of ["timeupdate", "seeked", "loadedmetadata", "durationchange"])
  document.addEventListener(
    type,
    (event) => {
      const player = event.target.closest?.("[data-player]");
      if (player) paint(player);
    },
    true,
  );
for (const type of ["play", "pause", "ended"])
  document.addEventListener(
    type,
    (event) => {
      const button = $("[data-play=play]", event.target.closest?.("[data-player]") ?? document.createElement("i"));
      button?.toggleAttribute("data-playing", !event.target.paused);
      button?.setAttribute("aria-label", event.target.paused ? "Play" : "Pause");
    },
    true,
  );
document.addEventListener("htmx:after:swap", paintAll);
paintAll();

// A recording that is not there yet is asked for again, then it is said why ---------------------------
const TRIES = 5;
const tried = new WeakMap();

async function lost(video) {
  const tries = tried.get(video) ?? 0;
  tried.set(video, tries + 1);
  if (tries < TRIES) {
    setTimeout(() => video.isConnected && video.load(), 1000 * 2 ** tries);
    return;
  }
  const answer = await fetch(video.src, { method: "HEAD" }).catch(() => null);
  const isEmpty = answer?.ok && answer.headers.get("content-length") === "0";
  const why = isEmpty ? "empty" : answer?.status === 404 ? "404" : "other";
  const player = video.closest("[data-player]");
  for (const said of $$("[data-lost]", player)) said.hidden = said.dataset.lost !== why;
  const useless = why === "other" ? "" : ", figcaption"; // one that this browser cannot show can be fetched
  for (const own of [video, ...$$(`.player-bar, .marks, .now${useless}`, player)]) own.hidden = true;
  $("[data-video-lost]", player).hidden = false;
}
document.addEventListener("error", (event) => event.target.matches?.("[data-player] video") && lost(event.target), true);
for (const video of $$("[data-player] video")) if (video.error) lost(video);
