// The page: channels at the left, messages of one of them, and what a person does.
import * as api from "./api.js";
import * as box from "./box.js";
import * as cards from "./cards.js";
import { ask } from "./form.js";

const $ = (id) => document.getElementById(id);
const stream = $("stream");
const messages = $("messages");
const state = { channels: [], current: null, unread: new Map(), source: null, change: 0 };

// Channels

function showChannels() {
  $("channels").replaceChildren(
    ...state.channels.map((each) => {
      const item = cards.copy("t-channel");
      const button = item.querySelector(".channel");
      const unread = state.unread.get(each.id) || 0;
      item.querySelector(".name").textContent = each.name;
      item.querySelector(".unread").textContent = unread > 99 ? "99+" : unread;
      item.querySelector(".unread").hidden = !unread;
      button.setAttribute("aria-current", String(each.id === state.current));
      button.addEventListener("click", () => open(each.id));
      return item;
    }),
  );
}

async function open(id) {
  state.current = id;
  state.unread.delete(id);
  history.replaceState(null, "", `#${id}`);
  const name = state.channels.find((each) => each.id === id)?.name || id;
  $("channel-name").textContent = name;
  document.title = `${name} – Tidings`;
  showChannels();
  toggleSide(false);
  const page = await api.messages(id);
  if (state.current !== id) {
    return; // another channel was opened meanwhile
  }
  messages.replaceChildren(...page.messages.map(cards.message));
  $("older").hidden = !page.more;
  showEmpty();
  toEnd("instant");
  if (!state.source) {
    listen(page.change);
  }
}

async function showOlder() {
  const first = messages.querySelector(".message");
  const page = await api.messages(state.current, first.order);
  const height = stream.scrollHeight;
  messages.prepend(...page.messages.map(cards.message));
  $("older").hidden = !page.more;
  stream.scrollTop += stream.scrollHeight - height;
}

function toggleSide(wanted) {
  $("side").classList.toggle("open", wanted);
  $("menu").setAttribute("aria-expanded", String(wanted));
}

// Messages

const nearEnd = () => stream.scrollHeight - stream.scrollTop - stream.clientHeight < 120;

function toEnd(behavior = "smooth") {
  stream.scrollTo({ top: stream.scrollHeight, behavior });
  $("newest").hidden = true;
}

function showEmpty() {
  $("empty").hidden = messages.childElementCount > 0;
}

function add(element, mine = false) {
  const follow = mine || nearEnd();
  messages.append(element);
  showEmpty();
  follow ? toEnd() : ($("newest").hidden = false);
}

function arrived(item) {
  if (item.channel !== state.current) {
    return countUnread(item);
  }
  const shown = $(`m-${item.id}`);
  if (item.removed) {
    shown?.remove();
    return showEmpty();
  }
  const made = cards.message(item);
  if (shown) {
    return shown.replaceWith(made);
  }
  made.classList.add("fresh");
  add(made);
}

function countUnread(item) {
  if (item.removed || item.edited) {
    return;
  }
  if (!state.channels.some((each) => each.id === item.channel)) {
    return loadChannels().then(showChannels);
  }
  state.unread.set(item.channel, (state.unread.get(item.channel) || 0) + 1);
  showChannels();
}

function listen(after) {
  const line = $("connection");
  const say = (live) => {
    line.classList.toggle("lost", !live);
    line.textContent = live ? line.dataset.live : line.dataset.lost;
  };
  state.change = after;
  state.source = api.events(after);
  state.source.addEventListener("open", () => say(true));
  state.source.addEventListener("error", () => {
    say(false);
    if (state.source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen(state.change), 3000); // a refusal ends an EventSource for good
    }
  });
  state.source.addEventListener("message", (event) => {
    state.change = Number(event.lastEventId);
    arrived(JSON.parse(event.data));
  });
}

// What a person does

function fail(error) {
  const line = cards.copy("t-failed");
  line.textContent = error instanceof TypeError ? line.dataset.offline : error.message;
  add(line, true);
}

async function answer(reply, replaced) {
  if (reply.form) {
    const values = await ask(reply.form);
    return values && act({ action: reply.form.action, values });
  }
  if (reply.replace && replaced) {
    return cards.fillReply(replaced, reply);
  }
  if (!reply.public && (reply.text || reply.posts.length || reply.buttons.length)) {
    add(cards.reply(reply), true);
  }
}

async function act(press, replaced) {
  try {
    await answer(await api.press(state.current, press), replaced);
  } catch (error) {
    fail(error);
  }
}

async function send(text) {
  const typed = cards.copy("t-typed");
  typed.querySelector("code").textContent = text;
  add(typed, true);
  box.remember(text);
  try {
    await answer(await api.command(state.current, text));
  } catch (error) {
    fail(error);
  }
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("box").value.trim();
  if (text) {
    $("box").value = "";
    send(text);
  }
});

stream.addEventListener("click", (event) => {
  const clicked = event.target.closest("button");
  if (!clicked) {
    return;
  }
  if (clicked.matches(".to-type")) {
    box.put(clicked.textContent);
  } else if (clicked.matches(".try")) {
    send(clicked.dataset.command);
  } else if (clicked.matches(".dismiss")) {
    clicked.closest(".reply").remove();
    showEmpty();
    $("box").focus();
  } else if (clicked.action) {
    clicked.closest("details")?.removeAttribute("open");
    act({ action: clicked.action, message: clicked.closest(".message")?.ref }, clicked.closest(".reply"));
  }
});

$("new-channel").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = $("new-name").value.trim();
  if (!name) {
    return $("new-name").focus();
  }
  try {
    const made = await api.addChannel(name);
    $("new-name").value = "";
    await loadChannels();
    await open(made.id);
    $("box").focus();
  } catch (error) {
    fail(error);
    toggleSide(false);
  }
});

$("menu").addEventListener("click", () => toggleSide(!$("side").classList.contains("open")));
$("older").addEventListener("click", () => showOlder().catch(fail));
$("newest").addEventListener("click", () => toEnd());
stream.addEventListener("scroll", () => nearEnd() && ($("newest").hidden = true), { passive: true });

document.addEventListener("click", (event) => {
  for (const each of document.querySelectorAll("details.more[open]")) {
    each.contains(event.target) || each.removeAttribute("open");
  }
  if ($("side").classList.contains("open") && !event.target.closest("#side, #menu")) {
    toggleSide(false);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "/" && !typing && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    box.put("/");
  } else if (event.key === "Escape") {
    toggleSide(false);
    document.querySelectorAll("details.more[open]").forEach((each) => each.removeAttribute("open"));
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const now = state.channels.findIndex((each) => each.id === state.current);
    const next = state.channels.at((now + (event.key === "ArrowDown" ? 1 : -1)) % state.channels.length);
    open(next.id).catch(fail);
  }
});

setInterval(() => document.querySelectorAll("time").forEach(cards.tellTime), 30000);

async function loadChannels() {
  state.channels = await api.channels();
}

async function start() {
  await loadChannels();
  const wanted = decodeURIComponent(location.hash.slice(1));
  const first = state.channels.find((each) => each.id === wanted) || state.channels[0];
  await open(first.id);
}

box.completeBy((typed) => api.offers(state.current, typed));
start().catch(fail);
if (matchMedia("(hover: hover)").matches) {
  $("box").focus();
}
