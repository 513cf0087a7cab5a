// Messages and replies as elements. Whatever a feed or a person wrote goes in as text, never as HTML.
const language = document.documentElement.lang;
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const steps = [["minute", 60], ["hour", 3600], ["day", 86400], ["week", 604800]];

export function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function tellTime(time) {
  const then = new Date(time.dateTime);
  const seconds = (then - Date.now()) / 1000;
  const [unit, length] = steps.findLast(([, each]) => Math.abs(seconds) >= each) || ["second", 1];
  // "in 3 seconds" is a clock that is a little off, not a post from the future.
  const close = unit === "second" || (seconds > 0 && seconds < 300);
  time.textContent = close ? ago.format(0, "second") : Math.abs(seconds) > 2592000 ? day.format(then) : ago.format(Math.round(seconds / length), unit);
  time.title = exact.format(then);
}

function fill(holder, name, text) {
  const place = holder.querySelector(`.${name}`);
  if (!text) {
    place.remove();
    return null;
  }
  place.textContent = text;
  return place;
}

// A span between backticks is something to type; all else is literal.
export function said(text) {
  const line = element("p", { className: "said" });
  text.split(/`([^`\n]+)`/).forEach((part, odd) => {
    const typed = odd % 2 && part.startsWith("/");
    line.append(typed ? element("button", { type: "button", className: "to-type", textContent: part }) : odd % 2 ? element("code", { textContent: part }) : part);
  });
  return line;
}

export function post(item) {
  const made = copy("t-post");
  fill(made, "blog", item.blog);
  fill(made, "author", item.author && item.author !== item.blog ? item.author : "");
  fill(made, "views", item.views_text);
  const time = made.querySelector("time");
  if (item.published) {
    time.dateTime = item.published;
    tellTime(time);
  } else {
    time.remove();
  }
  if (!made.querySelector(".from").childElementCount) {
    made.querySelector(".from").remove();
  }
  const title = made.querySelector(".title");
  title.append(item.url ? element("a", { href: item.url, target: "_blank", rel: "noopener noreferrer", textContent: item.title }) : item.title);
  fill(made, "summary", item.summary);
  const also = made.querySelector(".also");
  if (item.also_at?.length) {
    also.textContent = also.dataset.lead + item.also_at.join(", ");
  } else {
    also.remove();
  }
  const tags = made.querySelector(".tags");
  tags.append(...(item.topics || []).map((topic) => element("li", { className: "tag", textContent: topic })));
  if (!item.topics?.length) {
    tags.remove();
  }
  return made;
}

function items(posts) {
  return element("div", { className: "items" }, ...posts.map(post));
}

export function actions(buttons) {
  const row = element("div", { className: "actions" });
  for (const each of buttons) {
    const look = `button ${each.style || ""}`;
    row.append(
      each.url
        ? element("a", { className: look, href: each.url, target: "_blank", rel: "noopener noreferrer", textContent: each.label })
        : Object.assign(element("button", { type: "button", className: look, textContent: each.label }), { action: each.action }),
    );
  }
  return row;
}

function menu(entries) {
  const made = copy("t-menu");
  for (const each of entries) {
    const entry = element("button", { type: "button", textContent: each.label });
    entry.action = each.action;
    made.querySelector(".entries").append(entry);
  }
  return made;
}

export function message(item) {
  const made = copy("t-message");
  made.id = `m-${item.id}`;
  made.ref = item.id;
  made.order = item.order;
  made.classList.add(item.kind);
  const body = made.querySelector(".body");
  if (item.kind === "post") {
    body.append(post(item));
  } else {
    body.append(item.kind === "digest" ? element("h2", { className: "heading", textContent: item.title }) : said(item.title));
    if (item.items?.length) {
      body.append(items(item.items));
    }
  }
  if (item.actions?.length) {
    body.append(actions(item.actions));
  }
  if (item.menu?.length) {
    made.append(menu(item.menu));
  }
  return made;
}

export function reply(answer) {
  const made = copy("t-reply");
  fillReply(made, answer);
  return made;
}

export function fillReply(made, answer) {
  const body = made.querySelector(".body");
  body.replaceChildren();
  if (answer.text) {
    body.append(said(answer.text));
  }
  if (answer.posts.length) {
    body.append(items(answer.posts));
  }
  if (answer.buttons.length) {
    body.append(actions(answer.buttons));
  }
}
