// The host's side of the conversation: JSON-RPC over postMessage with the window above, and nobody else.
const host = { capabilities: {}, context: {}, waiting: new Map(), lastId: 0, listeners: {}, ended: false };

const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

function ask(method, params) {
  const id = (host.lastId += 1);
  post({ id, method, params });
  return new Promise((resolve, reject) => host.waiting.set(id, { resolve, reject }));
}

const tell = (method, params) => { if (!host.ended) post({ method, params }); };

function receive(event) {
  if (event.source !== window.parent) return;
  const message = event.data;
  if (!message || typeof message !== "object" || message.jsonrpc !== "2.0") return;
  if (message.method === undefined) {
    const call = host.waiting.get(message.id);
    host.waiting.delete(message.id);
    if (call && message.error) call.reject(new Error(String(message.error.message || "")));
    else if (call) call.resolve(message.result || {});
  } else if (message.id === undefined) {
    const listener = host.listeners[message.method];
    if (listener) listener(message.params || {});
  } else if (message.method === "ping") post({ id: message.id, result: {} });
  else if (message.method === "ui/resource-teardown") {
    host.ended = true;
    window.removeEventListener("message", receive);
    post({ id: message.id, result: {} });
  } else post({ id: message.id, error: { code: -32601, message: "Method not found" } });
}

// Colours, font, language and size as the host wants them.
function dress(context) {
  Object.assign(host.context, context);
  const { theme, styles, safeAreaInsets: inset, locale: language } = host.context;
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const font = styles && styles.variables && styles.variables["--font-sans"];
  if (typeof font === "string") root.style.setProperty("--font-sans", font);
  if (inset) document.body.style.padding = ["top", "right", "bottom", "left"].map((side) => `${Number(inset[side]) || 0}px`).join(" ");
  setLocale(language);
}

const isWide = () => host.context.displayMode === "fullscreen";
const canGoWide = () => (host.context.availableDisplayModes || []).includes("fullscreen");

let toldHeight = 0;
function tellSize() {
  const height = Math.ceil(document.getElementById("card").getBoundingClientRect().height);
  if (height === toldHeight) return;
  toldHeight = height;
  tell("ui/notifications/size-changed", { width: Math.ceil(document.documentElement.getBoundingClientRect().width), height });
}
