// Values as people write them. Only formatting: no figure is computed here.
const TIME_NAMES = ["day", "week", "month", "quarter", "year"];
const NUMERIC = ["integer", "decimal", "float"];
const CODE_NAME = /(^|_)(id|key|number|no|code|year)$/;
let locale = "en-US";

function setLocale(name) {
  try { locale = Intl.getCanonicalLocales(name || "en-US")[0] || "en-US"; } catch { locale = "en-US"; }
}

const isNumeric = (column) => NUMERIC.includes(column.type);
const isTime = (column) => column.type === "date" && TIME_NAMES.includes(column.name);
const isMoney = (unit) => /^[A-Z]{3}$/.test(unit || "");
const partOf = (name) => (/__(prior|change|change_pct)$/.exec(name) || ["", ""])[1];
const baseOf = (name) => name.replace(/__(prior|change|change_pct)$/, "");

function humanised(name) {
  const words = String(name).replace(/[._]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function number(value, options) {
  return new Intl.NumberFormat(locale, options).format(value).replaceAll("-", "−");
}

const signs = (signed) => (signed ? { signDisplay: "exceptZero" } : {});

// Digits after the point that keep a small value from showing as nothing.
const shown = (value, digits) =>
  value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits
    ? { maximumSignificantDigits: 1 }
    : { minimumFractionDigits: digits, maximumFractionDigits: digits };

// Money; `whole` leaves the cents out, but never all that there is.
function money(value, unit, signed, rounded) {
  const whole = rounded && (value === 0 || Math.abs(value) >= 0.5);
  const digits = { minimumFractionDigits: whole ? 0 : 2, maximumFractionDigits: whole ? 0 : 2 };
  const plain = { style: "currency", currency: unit, ...digits, ...signs(signed) };
  try { return number(value, { ...plain, currencyDisplay: "narrowSymbol" }); } catch { return `${number(value, digits)} ${unit}`; }
}

// Figures together are written alike: without cents where one of them has four digits.
const isLarge = (values) => values.some((value) => Math.abs(value) >= 1000);

// One figure. `how`: {signed, whole, points: difference of two fractions, as percentage points}.
function figure(value, unit, how = {}) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (isMoney(unit)) return money(value, unit, how.signed, how.whole ?? isLarge([value]));
  if (unit === "ratio" && how.points) return `${number(value * 100, { ...shown(value * 100, 1), ...signs(how.signed) })} pp`;
  if (unit === "ratio") return number(value, { style: "percent", ...percentDigits(value), ...signs(how.signed) });
  const digits = Number.isInteger(value) ? { maximumFractionDigits: 0 } : shown(value, Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  return number(value, { ...digits, ...signs(how.signed), useGrouping: unit ? true : "min2" });
}

const percentDigits = (value) =>
  value !== 0 && Math.abs(value) < 0.0005 ? { maximumSignificantDigits: 1 } : { minimumFractionDigits: 1, maximumFractionDigits: 1 };

// A figure with its unit in words, where the figure itself does not show it.
function withUnit(value, unit, how) {
  const text = figure(value, unit, how);
  const said = unit && unit !== "ratio" && unit !== "count" && !isMoney(unit);
  return said && value !== null ? `${text} ${unit}` : text;
}

function brief(value, unit) {
  const short = { notation: "compact", maximumFractionDigits: 1 };
  if (isMoney(unit)) {
    try { return number(value, { style: "currency", currency: unit, currencyDisplay: "narrowSymbol", ...short }); } catch { return number(value, short); }
  }
  if (unit === "ratio") return number(value, { style: "percent", maximumFractionDigits: 1 });
  return number(value, short);
}

// A cell of a table; `whole` says that the column's money is shown without cents.
function cell(value, column, whole) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (column.type === "date") return period(value, isTime(column) ? column.name : "day");
  if (!isNumeric(column) || typeof value !== "number") return String(value);
  if (!column.unit && CODE_NAME.test(column.name)) return String(value);
  const part = partOf(column.name);
  return figure(value, column.unit, { whole, signed: part.startsWith("change"), points: part === "change" });
}

const DAY = { day: "numeric", month: "short", year: "numeric" };

function dateText(time, options) {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(time);
}

const timeOf = (text) => Date.parse(`${String(text).slice(0, 10)}T00:00:00Z`);

// The period that begins on a day: "Oct 2026", "Jul – Sep 2026", "9 Nov 2026". `short` leaves the year out.
function period(text, grain, short) {
  const start = timeOf(text);
  if (Number.isNaN(start)) return String(text);
  const day = new Date(start);
  const year = short ? {} : { year: "numeric" };
  if (grain === "year" && day.getUTCMonth() === 0) return dateText(start, { year: "numeric" });
  if (grain === "month") return dateText(start, { month: "short", ...year });
  if (grain === "quarter" || grain === "year") {
    const last = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + (grain === "year" ? 11 : 2), 1);
    const own = new Date(last).getUTCFullYear() === day.getUTCFullYear() ? {} : year;
    return `${dateText(start, { month: "short", ...own })} – ${dateText(last, { month: "short", ...year })}`;
  }
  return dateText(start, short ? { day: "numeric", month: "short" } : DAY);
}

const dayText = (text) => (text ? period(text, "day") : "");

function span(start, end) {
  if (!start || !end) return dayText(start || end);
  return new Intl.DateTimeFormat(locale, { ...DAY, timeZone: "UTC" }).formatRange(timeOf(start), timeOf(end));
}

// A sentence of the server's with its dates as people write them.
const withDates = (text) => String(text).replace(/\b\d{4}-\d{2}-\d{2}\b/g, (day) => dayText(day).replaceAll(" ", "\u00a0"));
