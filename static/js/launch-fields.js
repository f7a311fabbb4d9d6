// Rows for headers and metadata, JSON that is put in order, names of what was picked, and files.
// Every field is a plain one underneath, which is what is sent.
const made = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

// Pairs ------------------------------------------------------------------------------------------
function split(line) {
  const at = line.indexOf(":");
  return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function pairs(area) {
  const group = made("pairs-template");
  const [list, add] = group.children;
  const label = document.querySelector(`label[for="${area.id}"]`);
  const { id } = area;
  area.dataset.label = label?.textContent.trim() ?? "";
  area.id = `${id}-lines`;
  area.hidden = true;
  group.setAttribute("aria-label", area.dataset.label);
  area.after(group);

  function write() {
    const lines = [...list.children].map((row) => {
      const [name, value] = row.querySelectorAll("input");
      return name.value || value.value ? `${name.value}: ${value.value}` : "";
    });
    area.value = lines.filter(Boolean).join("\n");
    changed(area);
  }

  function number() {
    [...list.children].forEach((row, at) => {
      const [name, value, remove] = row.children;
      name.setAttribute("aria-label", `Name ${at + 1}`);
      value.setAttribute("aria-label", `Value ${at + 1}`);
      remove.setAttribute("aria-label", `Remove row ${at + 1}`);
      if (at) name.removeAttribute("id");
      else name.id = id;
    });
  }

  function addRow(words = ["", ""]) {
    const row = made("pair-template");
    const fields = row.querySelectorAll("input");
    fields.forEach((field, at) => {
      field.value = words[at];
      field.placeholder = split(area.dataset.pairs)[at];
      for (const name of ["aria-invalid", "aria-describedby"])
        if (area.hasAttribute(name)) field.setAttribute(name, area.getAttribute(name));
      field.addEventListener("input", write);
    });
    row.querySelector("button").addEventListener("click", () => {
      row.remove();
      if (!list.children.length) addRow();
      number();
      write();
      (list.lastElementChild.querySelector("input")).focus();
    });
    list.append(row);
    number();
    return fields[0];
  }

  function read() {
    const lines = area.value.split("\n").filter((line) => line.trim());
    list.replaceChildren();
    (lines.length ? lines : [""]).forEach((line) => addRow(split(line)));
  }

  add.addEventListener("click", () => addRow().focus());
  area.addEventListener("restored", read);
  read();
}

// JSON -------------------------------------------------------------------------------------------
function spot(text, { message }) {
  const at = /position (\d+)/.exec(message);
  const said = /line (\d+) column (\d+)/.exec(message);
  const before = text.slice(0, at ? Number(at[1]) : text.length).split("\n");
  if (said && !at) return [Number(said[1]), Number(said[2])];
  return [before.length, before.at(-1).length + 1];
}

function offset(text, [line, column]) {
  const before = text.split("\n").slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}

// By its tokens, as they are written: a number read into JavaScript could lose digits.
function ordered(text) {
  let depth = 0;
  let written = "";
  const next = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/g);
  tokens.forEach((token, at) => {
    const closes = "]}".includes(token);
    const empty = closes && "[{".includes(tokens[at - 1]);
    if (closes) depth -= 1;
    if (closes && !empty) written += next();
    written += token === ":" ? ": " : token;
    if ("[{".includes(token)) depth += 1;
    if ("[{,".includes(token) && !"]}".includes(tokens[at + 1])) written += next();
  });
  return written;
}

function json(area) {
  const tools = made("json-template");
  const [button, said] = tools.children;
  area.after(tools);

  function judge() {
    said.textContent = "";
    delete said.dataset.wrong;
    if (!area.value.trim()) return null;
    try {
      JSON.parse(area.value);
    } catch (error) {
      const place = spot(area.value, error);
      said.textContent = `Line ${place[0]}, column ${place[1]}: up to here it is JSON.`;
      said.dataset.wrong = "";
      return place;
    }
    return null;
  }

  area.addEventListener("change", judge);
  button.addEventListener("click", () => {
    const place = judge();
    area.focus();
    if (place) {
      const at = offset(area.value, place);
      area.setSelectionRange(at, at + 1);
    } else if (area.value.trim()) {
      area.value = ordered(area.value);
      changed(area);
    }
  });
}

// What differs from the default, in a folded topic's line, in the words of LaunchForm._said ---------
function said(field) {
  const label = field.labels?.[0]?.textContent.trim() ?? "";
  const value = field.value.trim();
  if (field.type === "checkbox") return field.checked ? label : "";
  if (value === (field.dataset.plain ?? "")) return "";
  if (field.dataset.pairs) return `${field.dataset.label}: ${value.split("\n").length}`;
  return `${label}: ${field.selectedOptions?.[0].text ?? (value || "none")}`;
}

function topic(details) {
  const line = details.querySelector(".topic-summary");
  details.addEventListener("input", () => {
    const words = [...details.querySelectorAll("[name]")].map(said).filter(Boolean).join(", ");
    line.textContent = words || details.dataset.plain;
    line.classList.toggle("muted", !words);
  });
}

// Pickers and files ------------------------------------------------------------------------------
function picker(field) {
  const said = field.parentElement.querySelector("output.picked");
  field.addEventListener("input", () => {
    const option = [...field.list.options].find(({ value }) => value === field.value.trim());
    said.textContent = option?.label && option.label !== option.value ? option.label : "";
  });
}

const MOST = 10 * 2 ** 20;

async function give(file, form) {
  const body = new FormData();
  body.append("file", file);
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const answer = await fetch(form.dataset.upload, { method: "POST", body });
    return await answer.json();
  } catch {
    return { error: "Skydeck did not take it. Try again, or give a link." };
  }
}

function upload(chooser) {
  const into = document.getElementById(chooser.dataset.into);
  const said = chooser.parentElement.querySelector("output");
  const tell = (words, wrong) => {
    said.textContent = words;
    said.toggleAttribute("data-wrong", Boolean(wrong));
  };
  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    if (!file) return;
    chooser.value = "";
    if (file.size > MOST)
      return tell(`${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MB; 10 MB is the most.`, true);
    tell(`Uploading ${file.name}…`);
    const answer = await give(file, chooser.form);
    if (!answer.address) {
      chooser.disabled = Boolean(answer.unsupported);
      return tell(`${file.name} was not uploaded. ${answer.error}`, true);
    }
    into.value = answer.address;
    changed(into);
    tell(`Uploaded ${file.name}.`);
  });
}

const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
each("#launch textarea[data-pairs]", pairs);
each("#launch textarea[data-json]", json);
each("#launch details.topic", topic);
each("#launch input[list]", picker);
each("#launch input[type=file][data-into]", upload);
