// Nothing typed is lost: the server keeps a draft while one types, this tab what was sent last.
// Values of headers are kept by neither.
const SECRET = ["extra_http_headers", "cdp_connect_headers"];
const form = document.getElementById("launch");
const last = `draft:${form?.dataset.user}:${location.pathname}`;
let unsaved = false;

function typed() {
  const data = new FormData(form);
  for (const name of SECRET) data.delete(name);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

function followDraft() {
  form.addEventListener("input", () => (unsaved = true));
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.id !== "draft") return;
    for (const name of SECRET) ctx.request.body?.delete?.(name);
    unsaved = false;
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    unsaved = false;
    const words = [...typed()].filter(([name]) => name !== "csrfmiddlewaretoken");
    sessionStorage.setItem(last, JSON.stringify(words));
  });
  window.addEventListener("pagehide", () => {
    if (unsaved) navigator.sendBeacon(form.dataset.draft, typed());
  });
}

// A field is named by its position among the agent's keys, which may have changed.
function fieldFor(name, then) {
  const position = /^p(\d+)$/.exec(name);
  if (!position) return form.elements[name];
  const now = JSON.parse(form.elements["p-keys"]?.value || "[]");
  return form.elements[`p${now.indexOf(then[position[1]])}`];
}

function restore(words) {
  const then = JSON.parse(words.get("p-keys") || "[]");
  for (const name of ["nonce", "p-keys", "opened"]) words.delete(name);
  for (const [name, value] of words) {
    const field = fieldFor(name, then);
    if (field?.type === "checkbox") field.checked = true;
    else if (field) field.value = value;
    field?.dispatchEvent?.(new Event("restored"));
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

// What was sent and never arrived, as when the session had ended meanwhile.
async function restoreLast() {
  const kept = sessionStorage.getItem(last);
  if (!kept || !("fresh" in form.dataset)) return;
  const words = new Map(JSON.parse(kept));
  const url = form.dataset.state.replace(/[0-9a-f-]{36}/, words.get("nonce"));
  const answer = await fetch(url, { method: "HEAD", redirect: "manual" });
  sessionStorage.removeItem(last);
  if (answer.status !== 404 || form.querySelector("[data-dirty]")) return;
  restore(words);
  const notice = document.getElementById("from-tab");
  if (notice) notice.hidden = false;
}

if (form) {
  followDraft();
  restoreLast();
}
