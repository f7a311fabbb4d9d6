/* The keyboard: rows, places, the jump box. `?` lists the keys. */
"use strict";

const find = (selector, root = document) => root.querySelector(selector);
const typing = (element) =>
  element.isContentEditable ||
  element.matches("input:not([type=checkbox], [type=radio]), textarea, select");
/* The link that stands for its row, in a list or as the head of a table's row. */
const ROW_LINK = "a.row-link, tbody th > a";
const rowLinks = (root) => [...root.querySelectorAll(ROW_LINK)].filter((a) => a.checkVisibility());

/* The row links of what is on top: an open dialog, or the page. */
function rows() {
  return rowLinks(find("dialog[open]") ?? find("main") ?? document.body);
}

function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest?.("tr, li")?.querySelector(ROW_LINK));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

let goes = 0;
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => {
    const row = document.activeElement?.closest?.("tr, li")?.querySelector(ROW_LINK);
    if (row) window.open(row.href, "_blank", "noopener");
  },
  "/": () => (find("main [data-search], main input[type=search]") ?? find("[data-opens=jump]"))?.[
    find("main [data-search], main input[type=search]") ? "focus" : "click"
  ](),
  "?": () => find("#keys")?.showModal(),
  f: () => find("main [role=search] :is(select, input:not([type=hidden]))")?.focus(),
  g: () => {
    goes = performance.now();
  },
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    const jump = find("#jump");
    if (!jump) return;
    event.preventDefault();
    if (jump.open) jump.close();
    else jump.showModal();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return closeTop(event);
  if (typing(event.target)) return inJump(event);
  if (find("dialog[open]")) return inJump(event);
  const went = performance.now() - goes < 1200;
  goes = 0;
  const place = went && find(`.nav a[data-key="${CSS.escape(event.key)}"]`);
  const act = place ? () => place.click() : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function closeTop(event) {
  const jump = event.target.closest?.("#jump[open]");
  if (jump) {
    // A search field would first empty itself.
    event.preventDefault();
    return jump.close();
  }
  const menu = find("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  find("summary", menu).focus();
}

/* In the jump box the arrows walk the matches, and Enter opens the first one. */
function inJump(event) {
  const jump = event.target.closest?.("#jump");
  if (!jump) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const all = [find("input", jump), ...rowLinks(jump)];
    const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    all[Math.min(Math.max(at, 0), all.length - 1)].focus();
  } else if (event.key === "Enter" && event.target.matches("input")) {
    const [first] = rowLinks(jump);
    if (!first) return;
    event.preventDefault();
    first.click();
  }
}
