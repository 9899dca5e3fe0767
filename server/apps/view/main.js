// What the view holds, and what makes it change: the host's messages and the width of the frame.
const view = { result: null, labels: {}, arguments: null, tab: "", metric: "", split: "", redraw: null, failed: false, message: "" };

function mount(...nodes) {
  document.getElementById("card").replaceChildren(...nodes.flat(3).filter(Boolean));
  tellSize();
}

// A question that was not answered: why, and what could be asked instead.
function showRefusal(result) {
  const asks = result.status === "needs_clarification";
  const canAsk = Boolean(host.capabilities.message);
  const send = (event) => {
    event.target.disabled = true;
    ask("ui/message", { role: "user", content: [{ type: "text", text: event.target.textContent }] }).catch(() => { event.target.disabled = false; });
  };
  const choices = (result.choices || []).map((c) => el("li", {}, canAsk ? el("button", { type: "button", onclick: send }, c) : c));
  mount(
    head(asks ? "Which did you mean?" : "Not answered"),
    el("div", { class: `band ${asks ? "info" : "warn"}` }, result.message || "No reason was given."),
    choices.length ? el("ul", { class: "choices", "aria-label": "You could ask" }, choices) : null,
    el("footer", {}, result.code ? pill(asks ? "plain" : "warn", result.code) : null, result.receipt ? el("span", {}, "Receipt ", el("code", {}, result.receipt)) : null));
}

function showText(text) {
  mount(head(view.failed ? "Not answered" : "Answer"), el("pre", {}, text));
}

function render() {
  const result = view.result;
  view.redraw = null;
  if (!result) return mount(el("p", { class: "muted", role: "status" }, view.message || "Reading the data …"));
  if (typeof result === "string") return showText(result);
  if (result.status !== "ok") return showRefusal(result);
  return result.verdict !== undefined ? showExplanation(result, view.labels) : showAnswer(result, view.labels);
}

function textOf(content) {
  return (content || []).filter((block) => block && block.type === "text").map((block) => String(block.text)).join("\n");
}

host.listeners["ui/notifications/tool-input"] = (params) => { view.arguments = params.arguments || null; };
host.listeners["ui/notifications/tool-cancelled"] = () => { view.result = null; view.message = "The question was cancelled."; render(); };
host.listeners["ui/notifications/tool-result"] = (params) => {
  const meta = params._meta || {};
  view.labels = meta["assay/labels"] || {};
  view.failed = Boolean(params.isError);
  view.result = params.structuredContent || textOf(params.content) || null;
  Object.assign(view, { tab: "", metric: "", split: "", message: "The tool gave no result." });
  render();
};
host.listeners["ui/notifications/host-context-changed"] = (params) => {
  const mode = host.context.displayMode;
  const language = host.context.locale;
  dress(params);
  if (mode !== host.context.displayMode || language !== host.context.locale) render();
};

window.addEventListener("message", receive);
let width = 0;
new ResizeObserver(() => {
  const now = document.documentElement.clientWidth;
  if (now !== width && view.redraw) view.redraw();
  width = now;
  tellSize();
}).observe(document.getElementById("card"));
render();
ask("ui/initialize", {
  appInfo: { name: "assay-answer", version: "1" },
  appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
  protocolVersion: "2026-01-26",
}).then((told) => {
  host.capabilities = told.hostCapabilities || {};
  dress(told.hostContext || {});
  tell("ui/notifications/initialized", {});
}).catch(() => {});
