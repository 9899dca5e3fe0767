// Rows as a table, some at a time: a page of thousands costs no more than a page of ten.
const ROWS_INLINE = 6;
const ROWS_WIDE = 40;

// Columns whose money is shown without cents; the cents are in each cell's title.
function wholeColumns(columns, rows) {
  const large = columns.some((c, i) => isMoney(c.unit) && rows.some((row) => Math.abs(row[i]) >= 10000));
  return columns.map((c) => large && isMoney(c.unit));
}

function headings(columns, labels) {
  const metrics = columns.filter((c) => isNumeric(c) && !partOf(c.name));
  const parts = { __prior: "before", __change: "change", __change_pct: "change %" };
  const short = { "": "", prior: "Before", change: "Change", change_pct: "Change %" };
  return columns.map((c) => {
    const part = partOf(c.name);
    const name = humanised(labels[baseOf(c.name)] || baseOf(c.name));
    const unit = !part && c.unit && c.unit !== "ratio" && c.unit !== "count" && !isMoney(c.unit) ? ` (${c.unit})` : "";
    return part ? (metrics.length === 1 ? short[part] : `${name}, ${parts[`__${part}`]}`) : `${name}${unit}`;
  });
}

function rowOf(row, columns, whole) {
  return el("tr", {}, row.map((value, i) => {
    const text = cell(value, columns[i], whole[i]);
    const exact = whole[i] && typeof value === "number" ? figure(value, columns[i].unit, { whole: false }) : null;
    const part = partOf(columns[i].name);
    const tone = part.startsWith("change") && typeof value === "number" && value ? (value > 0 ? "up" : "down") : "";
    return el(i ? "td" : "th", { scope: i ? null : "row", class: [isNumeric(columns[i]) ? "n" : "", columns[i].type === "date" ? "day" : "", tone].filter(Boolean).join(" ") || null, title: exact }, text);
  }));
}

// `heads`: words over the columns; `data.total`: a row below all pages; `more`: fetches the next page from the server,
// or null.
function dataTable(data, heads, more) {
  const columns = data.columns;
  let first = 0;
  const node = el("div", {});
  const show = () => {
    const size = isWide() ? ROWS_WIDE : ROWS_INLINE - (data.in_progress ? 2 : 0);
    const whole = wholeColumns(columns, data.rows);
    first = Math.max(0, Math.min(first, data.rows.length - 1));
    const page = data.rows.slice(first, first + size);
    const top = heads.map((text, i) => el("th", { scope: "col", class: isNumeric(columns[i]) ? "n" : null }, text));
    const total = data.total ? rowOf(data.total, columns, whole) : null;
    if (total) total.className = "sum";
    const open = data.in_progress && first + size >= data.rows.length ? data.in_progress : null;
    const table = el("table", { class: "data" }, el("caption", { class: "away" }, data.reading), el("thead", {}, el("tr", {}, top)),
      el("tbody", {}, page.map((row) => rowOf(row, columns, whole)), total ? [total] : []),
      open ? el("tbody", { class: "open" },
        el("tr", {}, el("th", { colspan: columns.length, scope: "rowgroup" }, `In progress: ${withDates(open.note)}`)),
        open.rows.slice(0, size).map((row) => rowOf(row, columns, whole))) : null);
    const across = el("div", { class: "across", role: "region", tabindex: 0, "aria-label": "Table" }, table);
    node.replaceChildren(across, pager(first, size, data, (next) => { first = next; show(); }, more));
    tellSize();
  };
  return { node, show };
}

function pager(first, size, data, go, more) {
  const total = Math.max(data.row_count, data.rows.length);
  if (total <= size && !data.next_cursor) return "";
  const last = Math.min(first + size, data.rows.length);
  const fetchMore = last >= data.rows.length && data.next_cursor && more;
  const kept = data.truncated && !data.next_cursor ? " (not all were sent)" : "";
  return el("nav", { class: "pager", "aria-label": "Pages of the table" },
    el("button", { type: "button", "aria-label": "Rows before", disabled: first === 0, onclick: () => go(first - size) }, "‹"),
    el("span", { role: "status" }, `Rows ${number(first + 1)}–${number(last)} of ${number(total)}${kept}`),
    el("button", { type: "button", "aria-label": "Rows after", disabled: last >= data.rows.length, onclick: () => go(first + size) }, "›"),
    fetchMore ? el("button", { type: "button", class: "more", onclick: (event) => { event.target.disabled = true; more().then(() => go(last)); } }, "Load more rows") : null,
    data.next_cursor && !more ? el("span", { class: "more" }, "More rows: ask for the next page.") : null);
}
