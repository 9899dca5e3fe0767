// What every answer has: its head, its trust, its warnings, where it comes from.
const TRUST = {
  reconciled: { tone: "good", words: "Reconciled", shape: "M2 6.5 5 9.5 10.5 3" },
  unreconciled: { tone: "plain", words: "Not reconciled", shape: "M3 6h6" },
  stale: { tone: "warn", words: "Stale", shape: "M6 2.5V6l2.5 2" },
  variance: { tone: "bad", words: "Differs from its source", shape: "M3 4.5h6M3 7.5h6M8.5 2 3.5 10" },
  degraded: { tone: "bad", words: "Data fault", shape: "M6 2v5M6 9.6v.3" },
};

function pill(tone, words, shape) {
  const mark = shape ? svg("svg", { width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" },
    svg("path", { d: shape, fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" })) : null;
  return el("span", { class: `pill ${tone}` }, mark, words);
}

function trustPill(trust) {
  const state = TRUST[trust.state] || { tone: "bad", words: humanised(trust.state) };
  return pill(state.tone, state.words, state.shape);
}

function foot(result) {
  const trust = result.trust;
  const when = trust && trust.as_of ? `as of ${dayText(trust.as_of)}` : "";
  const why = trust ? (trust.reasons || []).join("; ") : "";
  return el("footer", { "aria-label": "Trust" },
    trust ? [el("span", { class: "away" }, "Trust: "), trustPill(trust)] : null,
    when ? el("span", {}, when) : null,
    trust ? el("span", { class: "why clip", title: why }, why) : null,
    result.receipt ? el("span", {}, "Receipt ", el("code", {}, result.receipt)) : null);
}

function expandButton() {
  if (!canGoWide()) return null;
  const mode = isWide() ? "inline" : "fullscreen";
  const change = () => ask("ui/request-display-mode", { mode }).then((told) => { dress({ displayMode: told.mode }); render(); }).catch(() => {});
  return el("button", { type: "button", class: "corner", onclick: change }, isWide() ? "Close" : "Expand");
}

function head(title, under, scope) {
  return el("header", {}, expandButton(), el("h1", {}, title), under ? el("p", { class: "under" }, under) : null,
    scope ? el("p", { class: "under" }, el("b", {}, "What you may see: "), scope) : null);
}

// The first note in full view (two lines), how many more, and the way to them.
function notes(list, toDetails) {
  if (!list.length) return null;
  const more = list.length > 1 ? `and ${list.length - 1} more` : "";
  return el("div", { class: "band warn" }, el("div", { class: "clip" }, el("span", { "aria-hidden": "true" }, "▲ "), el("span", { class: "away" }, "Note: "),
    `${withDates(list[0])} `, more ? el("button", { type: "button", class: "link", onclick: toDetails }, more) : null));
}

// Tabs: [{name, node, shown(), picks: has a use for the picker}]; arrow keys move between them.
function tabs(list, extra) {
  const panelId = freshId("panel");
  const panel = el("section", { id: panelId, role: "tabpanel" });
  const buttons = list.map((tab, i) => el("button", {
    type: "button", role: "tab", id: `${panelId}-${i}`, "aria-controls": panelId, onclick: () => choose(i) }, tab.name));
  const choose = (index) => {
    buttons.forEach((b, i) => { b.setAttribute("aria-selected", String(i === index)); b.tabIndex = i === index ? 0 : -1; });
    panel.setAttribute("aria-labelledby", `${panelId}-${index}`);
    panel.replaceChildren(list[index].node);
    view.tab = list[index].name;
    if (extra) extra.hidden = !list[index].picks;
    if (list[index].shown) list[index].shown();
    tellSize();
  };
  const bar = el("div", { class: "tabs", role: "tablist", onkeydown: (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    choose(next);
    buttons[next].focus();
  } }, buttons);
  const kept = list.findIndex((tab) => tab.name === view.tab);
  return { node: el("div", {}, el("div", { class: "bar" }, bar, extra || null), panel), start: () => choose(Math.max(kept, 0)), choose: (name) => choose(list.findIndex((t) => t.name === name)) };
}

// Sections to unfold, one at a time beside a conversation and all at once where there is room: [[title, items], ...].
function sections(list) {
  const name = freshId("fold");
  const folds = list.filter(([, items]) => items && items.length).map(([title, items], i) => {
    const inside = el("ul", { class: isWide() ? null : "short" }, items.map((item) => el("li", {}, item)));
    const whole = el("button", { type: "button", class: "link", hidden: true, onclick: () => { inside.classList.remove("short"); whole.hidden = true; tellSize(); } }, "Show all of it");
    const fold = el("details", { name: isWide() ? null : name, open: isWide() || i === 0, ontoggle: () => {
      whole.hidden = inside.scrollHeight <= inside.clientHeight;
      tellSize();
    } }, el("summary", {}, title, items.length > 1 ? ` (${items.length})` : ""), inside, whole);
    return fold;
  });
  return el("div", { class: "details" }, folds);
}

function cited(citation) {
  return [humanised(citation.kind), citation.name, citation.version ? `v${citation.version}` : "", citation.owner ? `(${citation.owner})` : ""].filter(Boolean).join(" ");
}

function sourceLine(source) {
  const late = { green: "on time", amber: "late", red: "too late" }[source.status] || source.status;
  const age = typeof source.age_hours === "number" ? `, ${number(source.age_hours, { maximumFractionDigits: 1 })} h old` : "";
  return `${source.name}: ${late}${age}`;
}

// Everything that stands behind the figures; `first` comes before it.
function details(result, first) {
  const trust = result.trust || { reasons: [], sources: [] };
  return sections([
    ...first,
    ["Notes", (result.warnings || []).map(withDates)],
    ["Trust", [...(trust.reasons || []), ...(typeof trust.variance_pct === "number" ? [`Difference from the source: ${number(trust.variance_pct, { maximumFractionDigits: 3 })} %`] : [])]],
    ["Feeds", (trust.sources || []).map(sourceLine)],
    ["Definitions and owners", (result.citations || []).map(cited)],
    ["Query that ran", result.sql ? [el("pre", {}, result.sql)] : []],
  ]);
}
