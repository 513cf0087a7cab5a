// The command box: history with the arrow keys, completion while typing.
import { element } from "./cards.js";

const box = document.getElementById("box");
const offers = document.getElementById("offers");
const HISTORY = "tidings.history";
const kept = JSON.parse(localStorage.getItem(HISTORY) || "[]");
let place = kept.length;
let draft = "";
let chosen = -1;
let lookUp = async () => [];
let asked = 0;

// Say how to find what may be typed next: text -> offers.
export function completeBy(find) {
  lookUp = find;
}

export function put(text) {
  box.value = text;
  box.focus();
  box.setSelectionRange(text.length, text.length);
  offer();
}

export function remember(text) {
  if (kept.at(-1) !== text) {
    kept.push(text);
  }
  kept.splice(0, kept.length - 100);
  localStorage.setItem(HISTORY, JSON.stringify(kept));
  place = kept.length;
  draft = "";
}

function close() {
  offers.hidden = true;
  chosen = -1;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

async function offer() {
  const mine = ++asked;
  const found = box.value.startsWith("/") ? await lookUp(box.value).catch(() => []) : [];
  if (mine !== asked) {
    return; // more was typed meanwhile
  }
  close();
  offers.replaceChildren(
    ...found.map((each, index) => {
      const item = element("li", { id: `offer-${index}` }, element("code", { textContent: each.shown }), element("span", { className: "hint", textContent: each.hint }));
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.text = each.text;
      return item;
    }),
  );
  if (found.length) {
    offers.hidden = false;
    box.setAttribute("aria-expanded", "true");
  }
}

function choose(index) {
  const all = [...offers.children];
  chosen = (index + all.length) % all.length;
  all.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
  all[chosen].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", all[chosen].id);
}

function take(item) {
  put(item.text);
}

function recall(step) {
  if (place === kept.length) {
    draft = box.value;
  }
  place = Math.min(Math.max(place + step, 0), kept.length);
  box.value = place === kept.length ? draft : kept[place];
  box.setSelectionRange(box.value.length, box.value.length);
}

box.addEventListener("input", offer);
box.addEventListener("blur", () => setTimeout(close, 150));
offers.addEventListener("mousedown", (event) => {
  const item = event.target.closest("li");
  if (item) {
    event.preventDefault();
    take(item);
  }
});

box.addEventListener("keydown", (event) => {
  const open = !offers.hidden;
  if (event.isComposing) {
    return;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const step = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    open ? choose(chosen < 0 && step < 0 ? -1 : chosen + step) : recall(step);
  } else if (event.key === "Tab" && open && !event.shiftKey) {
    event.preventDefault();
    take(offers.children[Math.max(chosen, 0)]);
  } else if (event.key === "Enter" && open && chosen >= 0) {
    event.preventDefault();
    take(offers.children[chosen]);
  } else if (event.key === "Escape" && open) {
    event.stopPropagation();
    close();
  } else if (event.key === "Enter") {
    asked += 1;
    close();
  }
});
