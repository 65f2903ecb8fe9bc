// The page side of all live figures: words, controls, drawing. A figure's own file follows.

// ---- Words and numbers -----------------------------------------------------------

const minus = (text) => text.replace("-", "\u2212");
const fixed = (x, digits = 2) => {
  const text = x.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
};
const raised = (n) =>
  String(n).replace(/./g, (d) => d === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[d]);

// ---- The page: elements, controls, drawing ---------------------------------------

function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// The frame of a figure: what to try, picture, controls, words. `paint(width)` gives the
// height and the nodes of the picture and writes the words; it runs at every change of a
// key in `keys` and of the width.
function stage({ model, el, name, first, keys, paint }) {
  const picture = draw("svg", { role: "img", "aria-label": model.get("alt") });
  const board = make("div", { class: "board" }, picture);
  const controls = make("div", { class: "controls" });
  const words = make("div", { class: "words" });
  const heard = make("div", { class: "heard", role: "status" });
  const root = make("div", { class: "rnnlive", role: "group", "aria-label": `Live figure: ${name}` },
    make("p", { class: "first" }, make("b", {}, "Try this first. "), model.get("first") || first),
    board, controls, words, heard);
  const start = Object.fromEntries(keys.map((key) => [key, model.get(key)]));
  const controlled = [];
  let width = 0, timer = 0, held = false;

  function refresh() {
    if (held) return;
    width = Math.max(Math.floor(board.clientWidth), 0) || width || 640;
    for (const sync of controlled) sync();
    const { height, nodes, spoken } = paint(width);
    fill(picture, { viewBox: `0 0 ${width} ${height}`, width, height }, []);
    picture.replaceChildren(...nodes);
    clearTimeout(timer);
    timer = setTimeout(() => { if (heard.textContent !== spoken) heard.textContent = spoken; }, 500);
  }

  // Several keys at once, drawn once.
  function put(values) {
    held = true;
    for (const [key, value] of Object.entries(values)) model.set(key, value);
    held = false;
    refresh();
    model.save_changes();
  }

  const events = keys.map((key) => `change:${key}`);
  for (const event of events) model.on(event, refresh);
  const observer = new ResizeObserver(() => {
    if (Math.floor(board.clientWidth) !== width && board.clientWidth) refresh();
  });
  observer.observe(board);
  // JupyterLab would take the arrow keys to move between cells.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  const closing = [];
  const close = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const event of events) model.off(event, refresh);
    for (const f of closing) f();
  };
  const reset = () => put(start);
  return { model, root, controls, words, picture, controlled, closing, put, refresh, close, reset };
}

function say(stage, ...lines) {
  stage.words.replaceChildren(...lines.map((parts) => make("p", {}, ...[].concat(parts))));
}

const named = (name, ...parts) => make("span", { "data-name": name, class: "value" }, ...parts);

// A native slider for one key. `read` writes the value as it is shown and spoken.
function slider(stage, { key, label, min, max, step, ink = "black", read = (v) => fixed(v) }) {
  const input = make("input", { type: "range", min, max, step, "aria-label": label });
  const value = make("output", { "aria-live": "off", "data-name": key });
  const box = make("label", { class: `control ${ink}` }, make("span", {}, label), value, input);
  input.addEventListener("input", () => stage.put({ [key]: Number(input.value) }));
  stage.controlled.push(() => {
    const now = stage.model.get(key), text = read(now);
    input.value = now;
    value.textContent = text;
    input.setAttribute("aria-valuetext", text);
  });
  stage.controls.append(box);
  return input;
}

function choice(stage, { key, label, options }) {
  const select = make("select", { "aria-label": label },
    ...options.map(([value, text]) => make("option", { value }, text)));
  select.addEventListener("change", () => {
    const kind = typeof stage.model.get(key);
    stage.put({ [key]: kind === "number" ? Number(select.value) : select.value });
  });
  stage.controlled.push(() => { select.value = String(stage.model.get(key)); });
  stage.controls.append(make("label", { class: "control" }, make("span", {}, label), select));
  return select;
}

function toggle(stage, { key, label }) {
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => stage.put({ [key]: box.checked }));
  stage.controlled.push(() => { box.checked = stage.model.get(key); });
  stage.controls.append(make("label", { class: "check" }, box, make("span", {}, ...[].concat(label))));
  return box;
}

// Buttons that step a whole number from 0 to `max`, by hand or by themselves.
function player(stage, { key, max, ms = 500, next = "Next" }) {
  const last = () => (typeof max === "function" ? max() : max);
  const go = (step) => stage.put({ [key]: Math.max(0, Math.min(last(), step)) });
  let clock = 0;
  const row = buttons(stage, ["Start again", () => go(0)], ["◀ Back", () => go(Math.min(last(), stage.model.get(key)) - 1)],
    ["Play", () => (clock ? rest() : start())], [`${next} ▶`, () => go(stage.model.get(key) + 1)]);
  const [again, back, play, on] = row.children;

  function start() {
    if (stage.model.get(key) >= last()) go(0);
    clock = setInterval(() => {
      go(stage.model.get(key) + 1);
      if (stage.model.get(key) >= last()) rest();
    }, ms);
    play.textContent = "Pause";
  }

  function rest() {
    clearInterval(clock);
    clock = 0;
    play.textContent = "Play";
  }

  for (const event of ["pointerdown", "keydown"])
    stage.root.addEventListener(event, ({ target }) => { if (target !== play && clock) rest(); });
  const seen = new IntersectionObserver(([{ isIntersecting }]) => { if (!isIntersecting) rest(); });
  seen.observe(stage.root);
  stage.closing.push(rest, () => seen.disconnect());
  stage.controlled.push(() => {
    again.disabled = back.disabled = stage.model.get(key) <= 0;
    on.disabled = stage.model.get(key) >= last();
  });
  return row;
}

// Pointers on the picture: `begin({x, y}, target)` gives a function for the moves, or nothing.
function dragging(stage, begin) {
  const { picture } = stage;
  let move = null;
  const at = (event) => {
    const box = picture.getBoundingClientRect(), view = picture.viewBox.baseVal;
    return { x: ((event.clientX - box.left) / box.width) * view.width,
      y: ((event.clientY - box.top) / box.height) * view.height };
  };
  picture.addEventListener("pointerdown", (event) => {
    move = begin(at(event), event.target) || null;
    if (move) picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => move?.(at(event)));
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => { move = null; });
}

// A row of buttons: [text, what it does] pairs.
function buttons(stage, ...pairs) {
  const row = make("div", { class: "buttons" });
  for (const [text, act] of pairs) {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", act);
    row.append(button);
  }
  stage.controls.append(row);
  return row;
}

// ---- Drawing ---------------------------------------------------------------------

const scale = (low, high, from, to) => (v) => from + ((v - low) / (high - low)) * (to - from);

function text(x, y, words, attributes = {}) {
  return draw("text", { x, y, ...attributes }, ...[].concat(words));
}

function line(x1, y1, x2, y2, attributes = {}) {
  return draw("line", { x1, y1, x2, y2, ...attributes });
}

// A path through points; a point with a value that is no number breaks it.
function path(points, attributes = {}) {
  let d = "", pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) { pen = "M"; continue; }
    d += `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
    pen = "L";
  }
  return draw("path", { d, ...attributes });
}

function ticks(low, high, most) {
  const rough = (high - low) / most, ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((m) => m * ten >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    found.push(Number((k * step).toPrecision(12)));
  return found;
}

// Axes around a box {left, top, right, bottom}; `log`: the y values are powers of ten.
function axes(box, { x, y, xLabel, yLabel, log = false, xMost = 5, yMost = 6 }) {
  const px = scale(x[0], x[1], box.left, box.right), py = scale(y[0], y[1], box.bottom, box.top);
  const nodes = [];
  for (const v of ticks(y[0], y[1], yMost))
    nodes.push(line(box.left, py(v), box.right, py(v), { class: v === 0 ? "zero" : "grid" }),
      text(box.left - 6, py(v) + 4, log ? `10${raised(v)}` : minus(String(v)), { "text-anchor": "end" }));
  for (const v of ticks(x[0], x[1], xMost))
    nodes.push(line(px(v), box.bottom, px(v), box.bottom + 5, { class: "grid" }),
      text(px(v), box.bottom + 18, minus(String(v)), { "text-anchor": "middle" }));
  nodes.push(text(box.right, box.bottom + 35, xLabel, { "text-anchor": "end" }),
    text(0, box.top - 16, yLabel, {}));
  return { nodes, px, py };
}

// Names at line ends, moved apart where they would overlap: [{x, y, words}].
function lineEnds(labels, low, high, gap = 16) {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  let last = -Infinity;
  for (const label of sorted) last = label.y = Math.max(label.y, last + gap, low);
  for (let i = sorted.length - 1, limit = high; i >= 0; i--, limit -= gap)
    sorted[i].y = Math.min(sorted[i].y, limit);
  return sorted.map(({ x, y, words }) => text(x, y + 4, words));
}

const small = (base, words, dy) => [base, draw("tspan", { dy, class: "small" }, words)];
const power = (base, words) => small(base, words, -5);
const under = (base, words) => small(base, words, 4);

// A row of boxed words; an item is a text or {words, ink, class, name}.
function tiles(items, { x, y, width, height, lit = null }) {
  const lights = new Set(lit === null ? [] : [].concat(lit instanceof Set ? [...lit] : lit));
  return items.flatMap((item, k) => {
    const { words, ink = "blue", name, class: look = "" } = typeof item === "object" ? item : { words: item };
    const box = draw("rect", { x: x + k * width + 1, y, width: width - 2, height, rx: 4, class: look,
      fill: lights.has(k) ? `var(--${ink})` : "none", "fill-opacity": 0.25,
      stroke: lights.has(k) ? `var(--${ink})` : "currentColor", "stroke-opacity": lights.has(k) ? 1 : 0.35 });
    return [box, text(x + (k + 0.5) * width, y + height / 2 + 4.5, words,
      { "text-anchor": "middle", class: look, ...(name ? { "data-name": name } : {}) })];
  });
}

// A small matrix of values from -1 to 1 as squares: blue above zero, vermilion below.
function heat(rows, { x, y, cell, ink = "blue" }) {
  const [w, h] = [].concat(cell, cell);
  return rows.flatMap((row, i) => Array.from(row, (value, j) => draw("rect", {
    x: x + j * w, y: y + i * h, width: w - 1, height: h - 1,
    fill: value < 0 ? "var(--vermilion)" : `var(--${ink})`, "fill-opacity": Math.min(1, Math.abs(value)),
    stroke: "currentColor", "stroke-opacity": 0.15,
  })));
}
