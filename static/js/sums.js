/* Tells people who do not see the runs table what it shows and what became of its runs: in one
   sentence, only when that has changed, and not more often than every ten seconds. */
"use strict";

const PAUSE = 10_000;
const region = document.querySelector("[data-runs]");
const told = document.querySelector("[data-told]");

const sum = () => region.querySelector("[data-sum]")?.textContent.trim() ?? "";
const statuses = () =>
  new Map([...region.querySelectorAll("tr[id]")].map((row) => [row.id, row.querySelector(".pill")?.textContent.trim()]));

let last = { sum: sum(), statuses: statuses() };
let next = 0;
let timer = null;

/* "1 completed, 2 failed": what rows that were there before have come to. */
function moved(now) {
  const counts = new Map();
  for (const [row, status] of now)
    if (last.statuses.has(row) && last.statuses.get(row) !== status)
      counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status.toLowerCase()}`).join(", ");
}

function tell() {
  timer = null;
  const now = { sum: sum(), statuses: statuses() };
  const changes = moved(now.statuses);
  if (!changes && now.sum === last.sum) return;
  told.textContent = changes ? `Now ${changes}. ${now.sum}.` : `${now.sum}.`;
  last = now;
  next = Date.now() + PAUSE;
}

if (region && told)
  document.addEventListener("htmx:after:swap", () => {
    timer ??= setTimeout(tell, Math.max(0, next - Date.now()));
  });
