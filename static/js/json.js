/* Trees of JSON: arrows walk their rows, c and v copy a path or a value. Folds and links work without it. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const NODES = ".json-leaf, .json details:not(.json-long)";
const nodeOf = (element) => element?.closest?.(NODES);
/* What of a node has the focus. */
const row = (node) => (node.matches("details") ? $("summary", node) : node);

/* What each level adds to the path of the tree, or of the part of it that was loaded. */
function pathOf(node) {
  let steps = "";
  let at = node;
  for (; !at.matches(".json"); at = at.parentElement) steps = (at.dataset.part ?? "") + steps;
  return at.dataset.path + steps;
}

// The bar says where one is --------------------------------------------------------------------
let selected = null;
document.addEventListener("focusin", (event) => {
  const node = nodeOf(event.target);
  const outputs = node?.closest("#outputs");
  if (!outputs || !$(".json-bar", outputs)) return;
  selected = node;
  const path = pathOf(node);
  $("[data-path-shown] bdi", outputs).textContent = path;
  $("[data-json-alone]", outputs).href = `${outputs.dataset.page}&path=${encodeURIComponent(path)}`;
});

// Copying --------------------------------------------------------------------------------------
const TOO_LARGE = 413;

/* What is shown whole is taken from the page, all else is asked for; null once a toast told why not. */
async function valueOf(node, path) {
  const shown = node?.matches(".json-leaf") && $(":scope > .json-text, :scope > .json-value", node);
  if (shown) return shown.textContent;
  const file = $("#outputs")?.dataset.file;
  if (!file) {
    const long = node?.matches(".json-leaf") && $("pre", node);
    if (!long) toast("Only single values can be copied here.");
    return long ? long.textContent : null;
  }
  const answer = await fetch(`${file}?copy=1&path=${encodeURIComponent(path)}`);
  if (!answer.ok) {
    toast(answer.status === TOO_LARGE ? "It is too large to be copied. Download it instead." : "It could not be read.");
    return null;
  }
  const text = await answer.text();
  const value = JSON.parse(text);
  return typeof value === "string" ? value : text;
}

async function copy(what, node) {
  const path = node ? pathOf(node) : $("[data-path-shown]").textContent;
  const text = what === "path" ? path : await valueOf(node, path);
  if (text === null) return;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return toast(`Copying is not allowed here. The text is: ${text.slice(0, 200)}`);
  }
  toast(what === "path" ? `Copied ${path.slice(0, 200)}` : "The value is copied.");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-json-copy]");
  if (button) copy(button.dataset.jsonCopy, selected?.isConnected ? selected : null);
});

// Keys -----------------------------------------------------------------------------------------
function walk(node, by) {
  const tree = node.closest("#outputs") ?? node.closest(".json");
  const nodes = $$(NODES, tree).filter((each) => row(each).checkVisibility());
  const next = nodes[nodes.indexOf(node) + by];
  if (next) row(next).focus();
}

const KEYS = {
  ArrowDown: (node) => walk(node, 1),
  ArrowUp: (node) => walk(node, -1),
  ArrowRight: (node) => {
    const fold = node.matches("details") ? node : $("details", node);
    if (fold && !fold.open) fold.open = true;
    else walk(node, 1);
  },
  ArrowLeft: (node) => {
    const fold = node.matches("details") ? node : $("details", node);
    if (fold?.open) fold.open = false;
    else row(nodeOf(node.parentElement) ?? node).focus();
  },
  c: (node) => copy("path", node),
  v: (node) => copy("value", node),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("pre, a, button, input")) return;
  const node = nodeOf(event.target);
  const act = node && KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act(node);
});

// More of a long list takes the place of the link that had the focus -------------------------------
let before = null;
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".json-more[hx-get]");
  if (link) before = link.previousElementSibling;
});
document.addEventListener("htmx:after:swap", () => {
  const first = before?.nextElementSibling && $(NODES, before.nextElementSibling);
  before = null;
  if (first) row(first).focus();
});
