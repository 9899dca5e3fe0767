// A figure over time as lines: one a series, the comparison dashed, an unfinished period apart.
const MARGIN = { top: 8, right: 14, bottom: 20 };
const MOST_SERIES = 6;

function niceTicks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((m) => m * power >= raw * 0.999) || 10);
  const ticks = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-6; at += step) ticks.push(Math.abs(at) < step * 1e-6 ? 0 : at);
  return { ticks, step };
}

// Rows of the unfinished period that say something yet.
function openRows(data) {
  const open = data.in_progress;
  return open && open.through && open.through >= open.period_start ? open.rows : [];
}

// The series of an answer: {name, points: [{time, text, value, open}], before: [...]}; times in their order.
function seriesOf(data, metric) {
  const columns = data.columns;
  const group = columns.findIndex((c, index) => index > 0 && !isNumeric(c));
  const before = columns.findIndex((c) => c.name === `${metric.column.name}__prior`);
  const open = openRows(data);
  const found = new Map();
  for (const [row, isOpen] of [...data.rows.map((r) => [r, false]), ...open.map((r) => [r, true])]) {
    const name = group < 0 ? "" : cell(row[group], columns[group]);
    if (!found.has(name)) found.set(name, { name, points: [], before: [] });
    const at = { time: timeOf(row[0]), text: row[0], open: isOpen };
    found.get(name).points.push({ ...at, value: row[metric.index] });
    if (before >= 0) found.get(name).before.push({ ...at, value: row[before] });
  }
  return [...found.values()];
}

// Runs of points that have a value: a gap in the data is a gap in the line.
function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (typeof point.value === "number") found[found.length - 1].push(point);
    else if (found[found.length - 1].length) found.push([]);
  }
  return found.filter((run) => run.length);
}

const pathOf = (points, x, y) => points.map((p, i) => `${i ? "L" : "M"}${x(p.time).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");

function drawLine(points, x, y, colour, name) {
  const drawn = [];
  for (const run of runs(points.filter((p) => !p.open))) {
    drawn.push(svg("path", { class: `line ${name}`, stroke: colour, d: pathOf(run, x, y) }));
    if (run.length === 1 && !name) drawn.push(svg("circle", { cx: x(run[0].time), cy: y(run[0].value), r: 3, fill: colour }));
  }
  const open = points.filter((p) => p.open && typeof p.value === "number");
  if (name || !open.length) return drawn;
  for (const p of open) drawn.push(svg("circle", { cx: x(p.time), cy: y(p.value), r: 4, fill: "var(--paper)", stroke: colour, "stroke-width": 2 }));
  return drawn;
}

function axes(low, high, times, width, height, metric, grain) {
  const { ticks } = niceTicks(low, high, height > 170 ? 4 : 3);
  const left = Math.max(...ticks.map((t) => brief(t, metric.column.unit).length)) * 6.4 + 10;
  const inner = width - left - MARGIN.right;
  const [first, last] = [times[0], times[times.length - 1]];
  const x = (time) => left + (last === first ? inner / 2 : ((time - first) / (last - first)) * inner);
  const y = (value) => height - MARGIN.bottom - ((value - low) / (high - low || 1)) * (height - MARGIN.top - MARGIN.bottom);
  const marks = ticks.map((t) => [
    svg("line", { class: t === 0 ? "zero" : "grid", x1: left, x2: width - MARGIN.right, y1: y(t), y2: y(t) }),
    svg("text", { x: left - 7, y: y(t) + 4, "text-anchor": "end" }, brief(t, metric.column.unit)),
  ]);
  const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor(inner / 74))));
  const years = new Set(times.map((t) => new Date(t).getUTCFullYear())).size > 1;
  for (let i = times.length - 1; i >= 0; i -= every) {
    const anchor = x(times[i]) > width - 40 ? "end" : x(times[i]) < left + 24 ? "start" : "middle";
    const text = period(new Date(times[i]).toISOString(), grain, !(years && (grain === "month" || grain === "year")));
    marks.push(svg("text", { x: Math.min(x(times[i]), width), y: height - 4, "text-anchor": anchor }, text));
  }
  return { x, y, left, marks: marks.flat() };
}

// The chart: {node, draw(width)}; `draw` again when the width changes.
function lineChart(data, metric, height) {
  const series = seriesOf(data, metric).slice(0, MOST_SERIES);
  const grain = data.columns[0].name;
  const times = [...new Set(series.flatMap((s) => s.points.map((p) => p.time)))].sort((a, b) => a - b);
  const numbers = series.flatMap((s) => [...s.points, ...s.before]).map((p) => p.value).filter((v) => typeof v === "number");
  let [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (low > 0 && low < high * 0.6) low = 0;
  if (high < 0 && high > low * 0.6) high = 0;
  const { step } = niceTicks(low, high, 4);
  [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  if (low === high) [low, high] = [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
  const plot = el("div", { class: "plot" });
  const readout = el("div", { class: "readout" });
  const closed = times.findLastIndex((t) => series.some((s) => s.points.some((p) => p.time === t && !p.open)));
  const state = { at: closed < 0 ? times.length - 1 : closed, times, series, metric, grain, readout, low, high, height, plot };
  steerable(state);
  const axis = low > 0 || high < 0 ? `The axis begins at ${brief(low > 0 ? low : high, metric.column.unit)}.` : "";
  const node = el("div", {}, readout, plot, legendOf(series, data, axis));
  return { node, draw: (width) => drawChart(state, width) };
}

function drawChart(state, width) {
  const { x, y, left, marks } = axes(state.low, state.high, state.times, width, state.height, state.metric, state.grain);
  state.x = x;
  state.cursor = svg("line", { class: "cursor", y1: MARGIN.top, y2: state.height - MARGIN.bottom });
  const lines = state.series.flatMap((s, i) => {
    const colour = `var(--series-${i})`;
    return [...drawLine(s.before, x, y, state.series.length > 1 ? colour : "var(--before)", "before"), ...drawLine(s.points, x, y, colour, "")];
  });
  state.dots = state.series.map((s, i) => svg("circle", { r: 3.5, fill: `var(--series-${i})`, stroke: "var(--paper)", "stroke-width": 1.5 }));
  state.y = y;
  state.left = left;
  state.plot.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${state.height}`, height: state.height, "aria-hidden": "true" },
    openBand(state, width), marks, state.cursor, lines, state.dots));
  point(state, state.at);
}

// The ground under the unfinished period: apart from the finished ones.
function openBand(state, width) {
  const open = state.times.filter((t) => state.series.some((s) => s.points.some((p) => p.open && p.time === t)));
  if (!open.length || open.length === state.times.length) return [];
  const before = state.times[state.times.indexOf(open[0]) - 1];
  const start = (state.x(open[0]) + state.x(before)) / 2;
  return [svg("rect", { class: "open", x: start, y: 0, width: width - start, height: state.height - MARGIN.bottom, rx: 3 })];
}

// Show the figures of one moment, on the chart and in words.
function point(state, index) {
  state.at = Math.max(0, Math.min(state.times.length - 1, index));
  const time = state.times[state.at];
  const unit = state.metric.column.unit;
  const parts = state.series.map((s) => ({
    name: s.name, now: s.points.find((p) => p.time === time), before: s.before.find((p) => p.time === time) }));
  const isOpen = parts.some((p) => p.now && p.now.open);
  const when = `${period(new Date(time).toISOString(), state.grain)}${isOpen ? ", in progress" : ""}`;
  const words = parts.filter((p) => p.now).map((p) => [p.name, withUnit(p.now.value, unit), p.before ? `before ${figure(p.before.value, unit)}` : ""]);
  state.readout.replaceChildren(el("span", { class: "muted" }, when), ...words.map(([name, now, before], i) => el("span", {},
    name ? el("span", { class: "muted" }, key(i), `${name} `) : null, el("b", {}, now), before ? el("span", { class: "muted" }, ` · ${before}`) : null)));
  state.plot.setAttribute("aria-valuenow", state.at);
  state.plot.setAttribute("aria-valuetext", `${when}: ${words.map((w) => w.filter(Boolean).join(" ")).join("; ")}`);
  state.cursor.setAttribute("x1", state.x(time));
  state.cursor.setAttribute("x2", state.x(time));
  state.dots.forEach((dot, i) => {
    const now = parts[i].now;
    const seen = now && typeof now.value === "number" && !now.open;
    dot.setAttribute("visibility", seen ? "visible" : "hidden");
    if (seen) { dot.setAttribute("cx", state.x(time)); dot.setAttribute("cy", state.y(now.value)); }
  });
}

// Pointer, touch and arrow keys move the moment.
function steerable(state) {
  const { plot } = state;
  const attributes = { tabindex: 0, role: "slider", "aria-label": `${state.metric.label} over time, arrow keys move`, "aria-valuemin": 0, "aria-valuemax": state.times.length - 1 };
  fill(plot, attributes, []);
  plot.addEventListener("pointermove", (event) => {
    const at = event.clientX - plot.getBoundingClientRect().left;
    let nearest = 0;
    state.times.forEach((time, i) => { if (Math.abs(state.x(time) - at) < Math.abs(state.x(state.times[nearest]) - at)) nearest = i; });
    point(state, nearest);
  });
  plot.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: state.at - 1, ArrowDown: state.at - 1, ArrowRight: state.at + 1, ArrowUp: state.at + 1, Home: 0, End: state.times.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    point(state, steps[event.key]);
  });
}

function key(index, dashed) {
  const mark = el("i", { class: dashed ? "key dashed" : "key" });
  mark.style.color = dashed ? "var(--before)" : `var(--series-${index})`;
  return mark;
}

function legendOf(series, data, axis) {
  const mark = openRows(data).length ? "○ " : "";
  const compared = series.some((s) => s.before.length);
  return el("div", { class: "legend" },
    compared ? el("span", {}, key(0, true), "before") : null,
    axis ? el("span", {}, axis) : null,
    data.in_progress ? el("span", {}, `${mark}In progress: ${withDates(data.in_progress.note)}`) : null);
}
