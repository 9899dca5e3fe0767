// Elements. All text goes in as text nodes: nothing that the data says is ever read as markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== "").map(
    (child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// A bar piece from `left` to `right` (both 0..1) of its track.
function piece(name, left, right) {
  const bar = el("i", { class: name });
  bar.style.left = `${left * 100}%`;
  if (right !== undefined) bar.style.width = `${Math.max(right - left, 0) * 100}%`;
  return bar;
}

let lastId = 0;
const freshId = (prefix) => `${prefix}-${(lastId += 1)}`;
