// Keeps what was typed if a launch never arrived, as when the session had ended meanwhile: the
// form offers it again, in this tab, to the same person. Values of headers are never kept.
const UNKEPT = ["csrfmiddlewaretoken", "extra_http_headers", "cdp_connect_headers"];
const form = document.getElementById("launch");
const draft = `draft:${form?.dataset.user}:${location.pathname}`;

function keep() {
  const typed = [...new FormData(form)].filter(([name]) => !UNKEPT.includes(name));
  sessionStorage.setItem(draft, JSON.stringify(typed));
}

// A field is named by its position among the agent's keys, which may have changed.
function fieldFor(name, then) {
  const position = /^p(\d+)$/.exec(name);
  if (!position) return form.elements[name];
  const now = JSON.parse(form.elements["p-keys"]?.value || "[]");
  return form.elements[`p${now.indexOf(then[position[1]])}`];
}

function restore(typed) {
  const then = JSON.parse(typed.get("p-keys") || "[]");
  typed.delete("nonce");
  typed.delete("p-keys");
  for (const [name, value] of typed) {
    const field = fieldFor(name, then);
    if (field?.type === "checkbox") field.checked = true;
    else if (field) field.value = value;
  }
}

async function offer(notice) {
  const kept = sessionStorage.getItem(draft);
  if (!kept || !notice) return;
  const typed = new Map(JSON.parse(kept));
  const url = notice.dataset.state.replace(/[0-9a-f-]{36}/, typed.get("nonce"));
  const answer = await fetch(url, { method: "HEAD", redirect: "manual" });
  if (answer.status !== 404) {
    sessionStorage.removeItem(draft); // it did arrive
    return;
  }
  notice.hidden = false;
  notice.addEventListener("click", (event) => {
    const verb = event.target.closest("button")?.value;
    if (!verb) return;
    if (verb === "restore") restore(typed);
    sessionStorage.removeItem(draft);
    notice.hidden = true;
    form.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  });
}

if (form) {
  form.addEventListener("submit", keep);
  offer(document.getElementById("draft"));
}
