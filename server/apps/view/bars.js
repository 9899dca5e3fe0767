// Horizontal bars as a table: the label, the bar, the figure. A reader without eyes hears label and figure.

// Where a value lies between the ends of a scale, 0..1.
const placed = (value, [low, high]) => (high === low ? 0 : (value - low) / (high - low));

const ends = (values) => [Math.min(0, ...values), Math.max(0, ...values)];

// `rows`: {label, from, to, text, name: class of the bar, before: value of the mark, sum: bold}. `linked`: each bar
// begins where the one above ends.
function barTable(caption, rows, scale, linked) {
  const body = rows.map((row, index) => {
    const track = el("div", { class: "track", "aria-hidden": "true" });
    if (scale[0] < 0) track.append(piece("axis", placed(0, scale)));
    const [left, right] = [placed(Math.min(row.from, row.to), scale), placed(Math.max(row.from, row.to), scale)];
    if (row.to !== null) track.append(piece(row.name, Math.min(left, 0.998), right));
    if (typeof row.before === "number") track.append(piece("before", placed(row.before, scale)));
    if (linked && index < rows.length - 1) track.append(piece("link", Math.min(placed(row.to, scale), 0.998)));
    return el("tr", { class: row.sum ? "sum" : null },
      el("th", { scope: "row", title: row.label }, row.label), el("td", {}, track), el("td", { class: "n" }, row.text));
  });
  return el("table", { class: rows.length <= FEW ? "bars few" : "bars" }, el("caption", { class: "away" }, caption), el("tbody", {}, body));
}

const MOST_BARS = 9;
const FEW = 5;

// Categories, the largest first. Rows without a value are not drawn; the note says what is left out.
function categoryBars(data, metric) {
  const columns = data.columns;
  const before = columns.findIndex((c) => c.name === `${metric.column.name}__prior`);
  const labels = columns.map((c, index) => index).filter((index) => !isNumeric(columns[index]));
  const drawn = data.rows.filter((row) => typeof row[metric.index] === "number");
  const largest = [...drawn].sort((a, b) => Math.abs(b[metric.index]) - Math.abs(a[metric.index])).slice(0, MOST_BARS);
  const numbers = largest.flatMap((row) => [row[metric.index], ...(before >= 0 && typeof row[before] === "number" ? [row[before]] : [])]);
  const scale = ends(numbers);
  const whole = isLarge(numbers);
  const rows = largest.map((row) => ({
    label: labels.map((index) => cell(row[index], columns[index])).join(" · "),
    from: 0, to: row[metric.index], name: "fill-0",
    before: before >= 0 ? row[before] : null,
    text: figure(row[metric.index], metric.column.unit, { whole }),
  }));
  const left = data.row_count - largest.length;
  const among = data.rows.length < data.row_count ? ` among the ${number(data.rows.length)} rows here` : "";
  const notes = [
    left > 0 ? `The ${largest.length} largest${among}; ${number(left)} more in the table.` : "",
    metric.column.unit && metric.column.unit !== "ratio" && !isMoney(metric.column.unit) ? `In ${metric.column.unit}.` : "",
  ].filter(Boolean);
  return el("div", {}, barTable(`${metric.label} by ${labels.map((i) => columns[i].name).join(", ")}`, rows, scale, false),
    el("div", { class: "legend" },
      before >= 0 ? el("span", {}, el("i", { class: "key mark", "aria-hidden": "true" }), "before") : null,
      notes.length ? el("span", {}, notes.join(" ")) : null));
}

// What each member adds to the change: floating bars that begin where the one above ends, and the change as their sum.
function contributionBars(split, label, result) {
  const exact = split.method !== "side_by_side";
  const how = { signed: true, points: result.unit === "ratio", whole: isLarge([result.change, result.value]) };
  const parts = split.members.map((m) => ({ label: m.member, value: m.change, rest: false }));
  if (exact && split.other_members) parts.push({ label: "All others", value: split.other_members, rest: true });
  if (exact && Math.abs(split.unexplained || 0) > ROUNDING) parts.push({ label: "Unexplained", value: split.unexplained, rest: true });
  let end = 0;
  const rows = parts.map((part) => {
    const from = exact ? end : 0;
    end = from + part.value;
    return {
      label: part.label, from, to: end, text: figure(part.value, result.unit, how),
      name: part.rest ? "fill-rest" : part.value >= 0 ? "fill-up" : "fill-down",
    };
  });
  if (exact) rows.push({ label: "= Change", from: 0, to: result.change, text: figure(result.change, result.unit, how), name: "fill-sum", sum: true });
  const scale = ends(rows.flatMap((row) => [row.from, row.to]));
  return barTable(`What each ${label} adds to the change of ${result.label}`, rows, scale, exact);
}

// Differences below this are the last digit of a quotient.
const ROUNDING = 1e-9;
