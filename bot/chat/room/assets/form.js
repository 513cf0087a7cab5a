// A form that a command asked for, as a dialog. Resolves to its values, or to null when it was closed.
import { element } from "./cards.js";

function input(field) {
  if (!field.choices.length) {
    return element("input", { className: "field", name: field.name, value: field.value, required: field.required });
  }
  const chosen = new Set(field.many ? field.value.split(",") : [field.value]);
  const options = field.choices.map((each) => element("option", { value: each.value, textContent: each.label, selected: chosen.has(each.value) }));
  return element("select", { className: "field", name: field.name, multiple: field.many, required: field.required }, ...options);
}

function labelled(field) {
  const label = element("label", {}, field.label, input(field));
  if (field.hint) {
    label.append(element("span", { className: "hint", textContent: field.hint }));
  }
  return label;
}

function valuesOf(form) {
  const values = {};
  for (const each of form.querySelectorAll("[name]")) {
    values[each.name] = each.multiple ? [...each.selectedOptions].map((option) => option.value).join(",") : each.value;
  }
  return values;
}

export function ask(asked) {
  const dialog = document.getElementById("form");
  const cancel = element("button", { type: "button", className: "button", textContent: dialog.dataset.cancel });
  const submit = element("button", { className: "button primary", textContent: asked.submit });
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id: "form-title", textContent: asked.title }),
    ...asked.fields.map(labelled),
    element("div", { className: "actions" }, cancel, submit),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", () => dialog.close("sent"));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "sent" ? valuesOf(form) : null), { once: true });
  });
}
