// The builder and the written pattern: whichever is touched leads, and the server's answer tells
// what follows from it. Without scripts the same happens with each sending.
const form = document.getElementById("schedule-form");
const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

function lead(by) {
  form.querySelector(`[name="by"][value="${by}"]`).checked = true;
}

function fill(name, values) {
  const field = form.elements[name];
  if (field instanceof RadioNodeList) {
    for (const box of field) box.checked = values.includes(box.value);
  } else if (field !== document.activeElement) {
    field.value = values[0] ?? "";
  }
}

function follow() {
  const element = document.getElementById("told");
  if (!element) return;
  const told = JSON.parse(element.dataset.told);
  form.querySelector("#id_timezone ~ output.picked").textContent = told.zone;
  if (told.by !== form.elements.by.value) return;
  for (const [name, values] of Object.entries(told.fields))
    if ((name === "cron") === (told.by === "built")) fill(name, values);
}

function choose(event) {
  const { target } = event;
  if (target.name === "cron") lead("typed");
  else if (target.closest(".builder")) lead("built");
}

if (form) {
  form.elements.was.value = "";
  form.addEventListener("input", choose, true);
  form.addEventListener("change", choose, true);
  document.addEventListener("htmx:after:swap", follow);
  form.addEventListener("click", (event) => {
    const button = event.target.closest('button[name^="pick-"]');
    if (!button) return;
    event.preventDefault();
    const field = form.elements[button.name.slice("pick-".length)];
    field.value = button.value;
    field.focus();
    changed(field);
  });
}
