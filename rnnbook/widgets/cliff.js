// ---- A step over a cliff: the twin of cliff.py -----------------------------------

const T = 50, TARGET = 0.5, STEPS = 60;

// The last state of h_t = tanh(w h_{t-1} + b) from h_0 = 0, with its derivatives.
function lastState(w, b) {
  let h = 0, byW = 0, byB = 0;
  for (let t = 0; t < T; t++) {
    const next = tanh(w * h + b), slope = 1 - next * next;
    byW = slope * (h + w * byW);
    byB = slope * (1 + w * byB);
    h = next;
  }
  return { h, byW, byB };
}

function lossAt(w, b) {
  const { h, byW, byB } = lastState(w, b), gap = h - TARGET;
  const gradient = [2 * gap * byW, 2 * gap * byB];
  return { loss: gap * gap, gradient, norm: length(gradient) };
}

// Gradient descent; a gradient longer than `threshold` is shortened to it.
function descent(w, b, rate, threshold = Infinity) {
  const path = [];
  for (let step = 0; step <= STEPS; step++) {
    const now = { w, b, ...lossAt(w, b) };
    const share = rate * (now.norm > threshold ? threshold / now.norm : 1);
    path.push({ ...now, moved: share * now.norm });
    w -= share * now.gradient[0];
    b -= share * now.gradient[1];
  }
  return path;
}

const longestOf = (path) =>
  path.slice(0, STEPS).reduce((top, p, k) => (p.moved > path[top].moved ? k : top), 0);

function big(x, digits = 3) {
  if (Math.abs(x) < 1000) return fixed(x, digits);
  const [front, exponent] = x.toExponential(1).split("e");
  return `${minus(front)}·10${raised(Number(exponent))}`;
}

// ---- The view --------------------------------------------------------------------

const W_RANGE = [0.7, 1.8], B_RANGE = [-0.4, 0.8], ROWS = 30, APART = 0.15, BELOW = 10, ABOVE = 3, FAR = 4;
const DOTTED = { stroke: "var(--black)", "stroke-dasharray": "2 4" };
const LOOKS = {
  free: { stroke: "var(--vermilion)", "stroke-dasharray": "5 3" },
  clipped: { stroke: "var(--blue)" },
};

// Curves of equal loss, where the last state is TARGET + k APART: for each w one b, since
// the state grows with b. They depend on no setting, so they are computed once.
let curves = null;

function contours() {
  curves ||= [...Array(BELOW + ABOVE + 1).keys()].map((k) => contour(TARGET + (k - BELOW) * APART));
  return curves;
}

function contour(level) {
  return [...Array(ROWS + 1).keys()].map((i) => {
    const w = W_RANGE[0] + ((W_RANGE[1] - W_RANGE[0]) * i) / ROWS;
    let [low, high] = B_RANGE;
    for (let k = 0; k < 11; k++) {
      const middle = (low + high) / 2;
      if (lastState(w, middle).h < level) low = middle;
      else high = middle;
    }
    return [low, w];
  });
}

// The part of a line from p to q inside a box, or null.
function inside([x, y], [p, q], box) {
  let from = 0, to = 1;
  const sides = [[x, p - x, box.left, box.right], [y, q - y, box.top, box.bottom]];
  for (const [at, move, low, high] of sides) {
    if (move === 0 && (at < low || at > high)) return null;
    if (move === 0) continue;
    const [a, b] = [(low - at) / move, (high - at) / move].sort((u, v) => u - v);
    from = Math.max(from, a);
    to = Math.min(to, b);
  }
  if (from > to) return null;
  const at = (s) => [x + s * (p - x), y + s * (q - y)];
  return { from: at(from), to: at(to), leaves: to < 1 };
}

function render({ model, el }) {
  const keys = ["w", "b", "rate", "threshold", "step"];
  let known = "", paths = null, scales = null;
  const view = stage({
    model, el, keys, paint,
    name: "a step over a cliff",
    first: "Press “Play”. Both paths are the same until a step lands on the cliff: there the gradient is "
      + "thousands of times longer, and without clipping the next step leaves the picture for good. "
      + "Then drag the start by a hair: where a step lands on the cliff is luck.",
  });
  const control = (key, label, min, max, step, read) => slider(view, { key, label, min, max, step, read });
  control("w", "Start w", ...W_RANGE, 0.01);
  control("b", "Start b", ...B_RANGE, 0.01);
  control("rate", "Learning rate", 0.01, 0.4, 0.01);
  control("threshold", "Clip the norm at", 0.1, 5, 0.1, (v) => fixed(v, 1));
  player(view, { key: "step", max: STEPS, ms: 250, next: "Next step" });
  buttons(view, ["Reset", view.reset]);
  const near = (v, [low, high]) => Number(Math.max(low, Math.min(high, v)).toFixed(2));
  const value = (place, px) => (place - px(0)) / (px(1) - px(0));
  dragging(view, (_, target) => target.dataset.grab && (({ x, y }) => view.put({
    w: near(value(y, scales.py), W_RANGE), b: near(value(x, scales.px), B_RANGE) })));

  function paint(width) {
    const [w, b, rate, threshold, step] = keys.map((key) => model.get(key));
    const settings = JSON.stringify([w, b, rate, threshold]);
    if (known !== settings)
      paths = { free: descent(w, b, rate), clipped: descent(w, b, rate, threshold) };
    known = settings;
    const { free, clipped } = paths, far = longestOf(free), near = longestOf(clipped);
    const value = (name, x, digits) => named(name, big(x, digits));
    const at = (name, { w, b, loss, norm }) => [
      "w = ", value(`${name}_w`, w, 2), ", b = ", value(`${name}_b`, b, 2),
      ", loss ", value(`${name}_loss`, loss), ", gradient norm ", value(`${name}_norm`, norm), "."];
    say(view,
      ["Step ", named("step", String(step)), ` of ${STEPS}, without clipping: `, ...at("free", free[step])],
      ["With clipping: ", ...at("clipped", clipped[step])],
      ["The longest step without clipping is step ", named("far_at", String(far + 1)), ": it moves by ",
        value("far", free[far].moved), ", since the gradient has a norm of ",
        value("far_norm", free[far].norm), ". With clipping no step moves by more than ", value("near", clipped[near].moved), "."],
      [`After ${STEPS} steps the loss is `, value("free_end", free[STEPS].loss), " without clipping and ",
        value("clipped_end", clipped[STEPS].loss), " with it."]);
    const now = (path) => big(path[step].loss);
    const spoken = `Step ${step}: loss ${now(free)} without clipping, ${now(clipped)} with it.`;
    const tall = width >= 600 ? 330 : 260, box = { left: 44, top: 32, right: width - 16, bottom: 32 + tall };
    const other = { left: 44, right: width - 84, top: box.bottom + 76, bottom: box.bottom + 196 };
    const nodes = [...map(box, step), ...chart(other, step, threshold)];
    return { height: other.bottom + 42, nodes, spoken };
  }

  function map(box, step) {
    const { nodes, px, py } = axes(box, { x: B_RANGE, y: W_RANGE, xLabel: "bias b", yLabel: "weight w" });
    scales = { px, py };
    const { w, b } = paths.free[0], at = { cx: px(b), cy: py(w), class: "grab", "data-grab": "start" };
    const side = b > 0.68 ? { x: -12, "text-anchor": "end" } : { x: 12 };
    return [...shades(box), ...nodes, text(px(0.2), py(0.78), "loss 0"),
      text(px(-0.02), py(1.62), "cliff", { "text-anchor": "end" }),
      ...trail("free", step, box), ...trail("clipped", step, box),
      text(px(b) + side.x, py(w) - 10, "start", { "text-anchor": side["text-anchor"] || "start" }),
      draw("circle", { ...at, r: 7, fill: "var(--black)" }),
      draw("circle", { ...at, r: 20, fill: "transparent" })];
  }

  // The loss as shades, each level over the one before, and the line without loss.
  function shades(box) {
    return contours().map((curve, k) => {
      const points = curve.map(([b, w]) => [scales.px(b), scales.py(w)]);
      if (k === BELOW) return path(points, { class: "line", ...DOTTED });
      const edge = k < BELOW ? box.left : box.right, corners = [[edge, box.top], [edge, box.bottom]];
      return path([...points, ...corners], { fill: "var(--black)", "fill-opacity": 0.065 });
    });
  }

  function trail(name, step, box) {
    const { px, py } = scales, look = LOOKS[name], nodes = [], all = paths[name].slice(0, step + 1);
    const places = all.map(({ w, b }) => [px(b), py(w)]);
    places.forEach((at, k) => {
      const seen = k && inside(places[k - 1], at, box);
      if (seen) nodes.push(line(...seen.from, ...seen.to, { "stroke-width": 1.6, ...look }));
      if (seen?.leaves && Math.abs(all[k].w) + Math.abs(all[k].b) > FAR) nodes.push(...leaving(seen.to, all[k], box));
      if (at[0] < box.left || at[0] > box.right || at[1] < box.top || at[1] > box.bottom) return;
      nodes.push(mark(name, at, (k === step ? 6 : 2.6) + (name === "free" ? 1 : 0)));
    });
    return nodes;
  }

  const mark = (name, [x, y], r) => (name === "clipped"
    ? draw("circle", { cx: x, cy: y, r, fill: "var(--blue)" })
    : draw("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, fill: "none",
      stroke: "var(--vermilion)", "stroke-width": 1.6 }));

  function leaving([x, y], { w, b }, box) {
    const words = `to w = ${big(w, 1)}, b = ${big(b, 1)}`, left = x < (box.left + box.right) / 2;
    return [draw("circle", { cx: x, cy: y, r: 6, fill: "var(--vermilion)" }),
      text(x + (left ? 10 : -10), y < box.top + 24 ? y + 22 : y - 10, words,
        { "text-anchor": left ? "start" : "end" })];
  }

  function chart(box, step, threshold) {
    const log = (p) => Math.max(-4, Math.log10(p.norm)), { free, clipped } = paths;
    const top = Math.max(2, Math.ceil(Math.max(...free.map(log), ...clipped.map(log)))), y = [-4, top];
    const { nodes, px, py } = axes(box, {
      x: [0, STEPS], y, log: true, xLabel: "step", yLabel: "norm of the gradient (drawn down to 10⁻⁴)", yMost: 4 });
    nodes.push(line(px(step), box.top, px(step), box.bottom, { class: "zero" }));
    const at = py(Math.log10(threshold)), ends = [];
    nodes.push(line(box.left, at, box.right, at, DOTTED), text(box.left + 6, at - 6, "threshold"));
    for (const [name, words] of [["free", "not clipped"], ["clipped", "clipped"]]) {
      const points = paths[name].map((p, k) => [px(k), py(log(p))]);
      nodes.push(path(points, { class: "line", ...LOOKS[name] }), mark(name, points[step], 4.5));
      ends.push({ x: box.right + 6, y: points[STEPS][1], words });
    }
    return nodes.concat(lineEnds(ends, box.top + 8, box.bottom));
  }

  view.refresh();
  return view.close;
}

export default { render };
