// An answer with rows: a chart where its shape allows one, the table, what stands behind it.
const CHART_HEIGHT = 188;
const CHART_HEIGHT_NARROW = 128;
const NARROW = 460;
const CHART_HEIGHT_WIDE = 380;

// Columns that a chart may show. Rows of somebody's own SQL have no units: which of their numbers are measures is a guess.
function measures(data, labels) {
  if (!(data.citations || []).some((c) => c.kind === "metric")) return [];
  return data.columns.map((column, index) => ({ column, index, label: labels[column.name] || humanised(column.name) }))
    .filter(({ column }) => isNumeric(column) && !partOf(column.name));
}

function shapeOf(data, metric) {
  if (!metric) return "none";
  const words = data.columns.filter((c) => !isNumeric(c));
  const open = openRows(data);
  if (data.rows.length === 1 && !words.length) return "figure";
  if (words.length && isTime(words[0]) && data.columns[0] === words[0] && words.length <= 2) {
    const series = words.length === 1 ? 1 : new Set([...data.rows, ...open].map((row) => row[1])).size;
    const moments = new Set([...data.rows, ...open].map((row) => row[0])).size;
    const values = data.rows.filter((row) => typeof row[metric.index] === "number").length;
    if (moments > 1 && values > 1 && series <= MOST_SERIES) return "lines";
    return "none";
  }
  const values = data.rows.filter((row) => typeof row[metric.index] === "number").length;
  return words.length && values > 1 && !words.some(isTime) ? "bars" : "none";
}

function bigFigure(data, metric) {
  const row = data.rows[0];
  const at = (part) => data.columns.findIndex((c) => c.name === `${metric.column.name}__${part}`);
  const unit = metric.column.unit;
  const [before, change, share] = [at("prior"), at("change"), at("change_pct")];
  const whole = isLarge([row[metric.index], before >= 0 ? row[before] : 0]);
  const tone = change >= 0 && row[change] ? (row[change] > 0 ? "up" : "down") : "";
  return el("div", { class: "figures" }, el("b", {}, withUnit(row[metric.index], unit, { whole })),
    before >= 0 ? el("span", { class: "muted" }, `before ${figure(row[before], unit, { whole })}`) : null,
    change >= 0 ? el("span", { class: tone }, cell(row[change], data.columns[change], whole)) : null,
    share >= 0 ? el("span", { class: tone }, cell(row[share], data.columns[share])) : null);
}

function showAnswer(data, labels) {
  const list = measures(data, labels);
  const metric = list.find((m) => m.column.name === view.metric) || list[0];
  const shape = shapeOf(data, metric);
  const table = dataTable(data, headings(data.columns, labels), canLoadMore() ? () => loadMore(data) : null);
  const pages = [];
  let chart = null;
  if (shape === "lines") {
    chart = lineChart(data, metric, chartHeight());
    pages.push({ name: "Chart", node: chart.node, picks: true, shown: () => drawToFit(chart) });
  } else if (shape === "bars") pages.push({ name: "Chart", node: categoryBars(data, metric), picks: true });
  if (data.columns.length) pages.push({ name: "Table", node: table.node, shown: table.show });
  const behind = el("div", {});
  pages.push({ name: "Details", node: behind, shown: () => behind.replaceChildren(details(data, [["Receipts of the pages", data.receipts]])) });
  const picker = shape === "lines" || shape === "bars" ? metricPicker(list, metric) : null;
  const tabbed = tabs(pages, picker);
  const [title, compared] = withDates(data.reading || "").replace(/\.$/, "").split(/, (?=compared with)/);
  const empty = !data.rows.length && !(data.in_progress && data.in_progress.rows.length);
  mount(
    head(title || "Answer", compared, data.scope),
    shape === "figure" ? list.map((m) => [list.length > 1 ? el("p", { class: "muted" }, m.label) : null, bigFigure(data, m)]) : null,
    empty ? el("div", { class: "band info" }, "No rows: nothing matches.") : null,
    notes(data.warnings || [], () => tabbed.choose("Details")),
    tabbed.node, foot(data));
  view.redraw = chart ? () => drawToFit(chart) : null;
  tabbed.start();
}

function chartHeight() {
  if (isWide()) return CHART_HEIGHT_WIDE;
  return document.documentElement.clientWidth <= NARROW ? CHART_HEIGHT_NARROW : CHART_HEIGHT;
}

function drawToFit(chart) {
  const width = chart.node.getBoundingClientRect().width;
  if (width > 0) chart.draw(Math.round(width));
}

function metricPicker(list, metric) {
  if (list.length < 2) return null;
  const options = list.map((m) => el("option", { value: m.column.name, selected: m === metric }, m.label));
  return el("select", { class: "picker", "aria-label": "Metric shown", onchange: (event) => { view.metric = event.target.value; render(); } }, options);
}

const canLoadMore = () => Boolean(host.capabilities.serverTools && view.arguments);

// The next page comes through the host from the same tool, with the same arguments, under the same rights.
async function loadMore(data) {
  const asked = { ...view.arguments, cursor: data.next_cursor };
  try {
    const told = await ask("tools/call", { name: "query_curated_data", arguments: asked });
    const next = told.structuredContent;
    if (!next || next.status !== "ok") throw new Error((next && next.message) || "The next page was refused.");
    data.receipts = [...(data.receipts || [data.receipt]), next.receipt];
    data.rows = [...data.rows, ...next.rows];
    data.next_cursor = next.next_cursor;
    data.truncated = next.truncated;
    data.in_progress = next.in_progress || data.in_progress;
  } catch (error) {
    data.warnings = [`More rows could not be loaded: ${error.message}`, ...(data.warnings || [])];
    data.next_cursor = "";
    render();
  }
}
