// The room's API. Every call resolves to JSON, or rejects with a sentence for the person.
const base = "/room/api";

async function call(path, options) {
  const response = await fetch(base + path, options);
  if (response.status === 401) {
    location.reload();
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.error || `${response.status} ${response.statusText}`);
  }
  return body;
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

const at = (channel) => `/channels/${encodeURIComponent(channel)}`;

export const channels = async () => (await call("/channels")).channels;
export const addChannel = (name) => post("/channels", { name });
export const messages = (channel, before) => call(`${at(channel)}/messages${before ? `?before=${before}` : ""}`);
export const command = async (channel, text) => (await post(`${at(channel)}/commands`, { text })).reply;
export const press = async (channel, body) => (await post(`${at(channel)}/presses`, body)).reply;
export const offers = async (channel, typed) => (await call(`${at(channel)}/offers?typed=${encodeURIComponent(typed)}`)).offers;
export const events = (after) => new EventSource(`${base}/events?after=${after}`);
