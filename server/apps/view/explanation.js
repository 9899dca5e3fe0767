// Why a figure changed: the verdict, what each part of the business adds, reasons and next steps.
const VERDICTS = {
  data_fault: { tone: "bad", words: "Data fault", more: "do not read this as business" },
  business_change: { tone: "plain", words: "Business change" },
  within_normal_range: { tone: "good", words: "Within normal range" },
  undetermined: { tone: "plain", words: "Undetermined" },
};

function movement(result) {
  const tone = result.change ? (result.change > 0 ? "up" : "down") : "";
  const points = result.unit === "ratio";
  const whole = isLarge([result.value, result.baseline]);
  const arrow = result.change ? (result.change > 0 ? "▲ " : "▼ ") : "";
  const verdict = VERDICTS[result.verdict] || { tone: "plain", words: humanised(result.verdict) };
  return el("div", { class: "figures" }, el("b", {}, withUnit(result.value, result.unit, { whole })),
    el("span", { class: "muted" }, `before ${figure(result.baseline, result.unit, { whole })}`),
    typeof result.change === "number" ? el("span", { class: tone }, el("span", { "aria-hidden": "true" }, arrow),
      figure(result.change, result.unit, { signed: true, points, whole }),
      typeof result.change_pct === "number" ? ` (${figure(result.change_pct, "ratio", { signed: true })})` : "") : null,
    pill(verdict.tone, verdict.words + (verdict.more ? `: ${verdict.more}` : "")));
}

const partsOf = (where) => Object.entries(where).map(([name, member]) => `${member} (${(view.labels[name] || humanised(name)).toLowerCase()})`).join(", ");

function causeLine(cause, result) {
  const values = `${figure(cause.before, result.unit)} → ${figure(cause.after, result.unit)}`;
  return `${partsOf(cause.where)}: ${values}, ${number(cause.share, { style: "percent", maximumFractionDigits: 0 })} of the change`;
}

function reasonsOf(result) {
  const range = typeof result.expected_low === "number" && typeof result.expected_high === "number"
    ? [`Its own history leads to expect ${figure(result.expected_low, result.unit)} to ${withUnit(result.expected_high, result.unit)}`] : [];
  return sections([
    ["Data faults", (result.data_faults || []).map((f) => f.text)],
    ["Verdict", [...(result.reasons || []), ...range]],
    ["Causes", (result.causes || []).map((c) => causeLine(c, result))],
    ["Next steps", result.next_steps],
  ]);
}

// The members as rows, with the change as their sum.
function membersTable(split, name, result) {
  const unit = result.unit;
  const both = split.members.some((m) => typeof m.mix === "number");
  const change = (key) => ({ name: `${key}__change`, type: "decimal", unit });
  const value = (key) => ({ name: key, type: "decimal", unit });
  const columns = [{ name, type: "string", unit: "" }, value("before"), value("after"), change("adds"), ...(both ? [change("mix"), change("rate")] : [])];
  const line = (label, m) => [label, m.before ?? null, m.after ?? null, m.change, ...(both ? [m.mix ?? null, m.rate ?? null] : [])];
  const rows = split.members.map((m) => line(m.member, m));
  if (split.other_members) rows.push(line("All others", { change: split.other_members }));
  if (Math.abs(split.unexplained || 0) > ROUNDING) rows.push(line("Unexplained", { change: split.unexplained }));
  const sum = line("Change", { before: result.baseline, after: result.value, change: result.change, mix: split.mix, rate: split.rate });
  const data = { columns, rows, row_count: rows.length, reading: `${result.label} by ${name}`, total: split.method === "side_by_side" ? null : sum };
  return dataTable(data, [humanised(name), "Before", "After", "Adds", ...(both ? ["Mix", "Rate"] : [])], null);
}

function splitNote(split) {
  if (split.method === "side_by_side") return "Each part beside its own past: this metric has no exact split, so they do not add up to the change.";
  return split.story ? humanised(split.story) : "";
}

function splitPicker(splits, chosen, labels) {
  if (splits.length < 2) return null;
  const options = splits.map((s) => el("option", { value: s.dimension, selected: s === chosen }, `by ${labels[s.dimension] || humanised(s.dimension)}`));
  return el("select", { class: "picker", "aria-label": "Split the change", onchange: (event) => { view.split = event.target.value; render(); } }, options);
}

function showExplanation(result, labels) {
  const splits = result.contributions || [];
  const split = splits.find((s) => s.dimension === view.split) || splits[0];
  const pages = [];
  if (split) {
    const name = labels[split.dimension] || humanised(split.dimension);
    const note = splitNote(split);
    const table = membersTable(split, name, result);
    pages.push({ name: "Change", picks: true, node: el("div", {}, contributionBars(split, name, result), note ? el("p", { class: "legend" }, note) : null) });
    pages.push({ name: "Table", picks: true, node: table.node, shown: table.show });
  }
  pages.push({ name: "Why", node: reasonsOf(result) });
  pages.push({ name: "Details", node: details(result, [["Question as read", [withDates(result.reading)].filter(Boolean)]]) });
  const tabbed = tabs(pages, splitPicker(splits, split, labels));
  const faults = (result.data_faults || []).map((f) => f.text);
  const causes = result.verdict === "business_change" ? result.causes || [] : [];
  mount(
    head(result.label, `${span(result.start, result.end)}, against ${span(result.baseline_start, result.baseline_end)}`, result.scope),
    movement(result),
    faults.length ? el("div", { class: "band bad" }, el("div", { class: "clip" }, `${faults[0]}${faults.length > 1 ? ` and ${faults.length - 1} more` : ""}`)) : null,
    causes.length ? el("div", { class: "band info" }, el("div", { class: "clip" }, el("b", {}, "Main cause: "), causeLine(causes[0], result))) : null,
    notes(result.warnings || [], () => tabbed.choose("Details")),
    tabbed.node, foot(result));
  view.redraw = null;
  tabbed.start();
}
