
// ---- Backpropagation in windows: the twin of truncation.py -------------------------

const T = 24, D = 3, H = 6, OUT = 2, MODES = ["full", "carried", "reset"];

function network() {
  const matrix = (rows, columns, size, seed) => {
    const values = normals(rows * columns, seed);
    const row = (i) => values.slice(i * columns, (i + 1) * columns).map((v) => size * v);
    return Array.from({ length: rows }, (_, i) => row(i));
  };
  return { W_xh: matrix(H, D, 0.5, 1), W_hh: matrix(H, H, 1.6 / Math.sqrt(H), 2),
    W_hy: matrix(OUT, H, 1 / Math.sqrt(H), 3), x: matrix(T, D, 1, 4), y: matrix(T, OUT, 1, 5) };
}

const windowStart = (t, K, mode) => (mode === "full" ? 0 : t - (t % K));
const arrives = (t, s, K, mode) => s <= t && s >= windowStart(t, K, mode);

function states(net, K, mode) {
  const all = [];
  for (let t = 0; t < T; t++) {
    const before = !t || (mode === "reset" && t % K === 0) ? new Float64Array(H) : all[t - 1];
    const input = apply(net.W_xh, net.x[t]);
    all.push(apply(net.W_hh, before).map((v, i) => tanh(input[i] + v)));
  }
  return all;
}

const sized = new Map();

// The norms of dL_t/dx_s: `arriving` by backpropagation, `real` over the borders too.
function gradientSizes(K, mode) {
  const name = `${K} ${mode}`;
  if (sized.has(name)) return sized.get(name);
  const net = network(), h = states(net, K, mode), arriving = zeros(T, T), real = zeros(T, T);
  for (let t = 0; t < T; t++) {
    const error = apply(net.W_hy, h[t]).map((o, i) => o - net.y[t][i]);
    let da = applyTransposed(net.W_hy, error).map((v, i) => (1 - h[t][i] ** 2) * v);
    for (let s = t; s >= (mode === "reset" ? windowStart(t, K, mode) : 0); s--) {
      if (s < t) da = applyTransposed(net.W_hh, da).map((v, i) => (1 - h[s][i] ** 2) * v);
      real[t][s] = length(applyTransposed(net.W_xh, da));
      if (arrives(t, s, K, mode)) arriving[t][s] = real[t][s];
    }
  }
  sized.set(name, { arriving, real });
  return sized.get(name);
}

// How many gradients arrive: of all, of those that go back `lag` steps, and each loss's reach.
function counts(K, mode, lag) {
  const reach = Array.from({ length: T }, (_, t) => t - windowStart(t, K, mode));
  const total = reach.reduce((a, b) => a + b, 0);
  return { all: total + T, mean: total / T, furthest: Math.max(...reach),
    atLag: reach.filter((back) => back >= lag).length };
}

const perCent = (part, whole) => Math.floor((100 * part) / whole + 0.5);
const oneDigit = (x) => fixed(Math.floor(10 * x + 0.5) / 10, 1);
const strength = (size) => 0.2 + 0.8 * Math.min(1, Math.max(0, 1 + Math.log10(Math.max(size, 1e-3)) / 3));

// ---- The view --------------------------------------------------------------------

function render({ model, el }) {
  const keys = ["mode", "K", "t", "s"];
  const view = stage({
    model, el, keys, paint,
    name: "truncated backpropagation through time",
    first: "Loss 13 and input 12 are neighbours, yet no gradient arrives. Move the loss to 12 and the "
      + "input to 7, which are five steps apart. Then guess how far back a loss reaches on average in "
      + "windows of 12.",
  });
  const of = (key) => model.get(key);
  choice(view, { key: "mode", label: "Backpropagation", options: [["full", "full, over all steps"],
    ["carried", "in windows, state carried"], ["reset", "in windows, state reset"]] });
  const step = (key, label, ink) => slider(view, { key, label, ink, min: 1, max: T, step: 1, read: String });
  step("K", "Steps in a window, K", "black");
  step("t", "Loss at step", "vermilion");
  step("s", "Input at step", "blue");
  buttons(view, ["Reset", view.reset]);

  function paint(width) {
    const [mode, K, t, s] = keys.map(of), lag = t - s, found = counts(K, mode, lag);
    const { arriving, real } = gradientSizes(K, mode);
    const all = (T * (T + 1)) / 2, got = arrives(t - 1, s - 1, K, mode);
    say(view, ...sentence(mode, t, s, got, arriving[t - 1][s - 1], real[t - 1][s - 1]),
      ["Of all pairs of a loss and an input up to it, ", named("arriving", `${found.all} of ${all}`),
        " gradients arrive, ", named("share", `${perCent(found.all, all)} %`), "; ",
        ...(lag < 0 ? ["none goes forwards."]
          : [`of those ${apart(lag)}, `, named("at_lag", `${found.atLag} of ${T - lag}`), "."])],
      ["A loss reaches back over ", named("reach", oneDigit(found.mean)), " steps on average and over ",
        named("furthest", String(found.furthest)), " at most. The backward pass keeps ",
        named("kept", String(mode === "full" ? T : K)), ` of ${T} states at a time.`]);
    const arrived = got ? "arrives" : "does not arrive";
    const spoken = `Loss at step ${t}, input at step ${s}: the gradient ${arrived}. `
      + `${perCent(found.all, all)} % of all gradients arrive.`;
    return { ...picture(width, mode, K, t - 1, s - 1, arriving), spoken };
  }

  const apart = (lag) => (lag ? `${lag} step${lag === 1 ? "" : "s"} apart` : "at the same step");
  const norm = (t, s) => ["‖∂", make("i", {}, "L"), make("sub", {}, String(t)), " / ∂", make("i", {}, "x"),
    make("sub", {}, String(s)), "‖ = "];

  function sentence(mode, t, s, got, size, real) {
    if (t < s)
      return [[`The input of step ${s} comes after the loss of step ${t}, which cannot depend on it.`]];
    const pair = `The loss of step ${t} and the input of step ${s} are ${apart(t - s)}`;
    const value = [...norm(t, s), named("size", fixed(size, 4))];
    const where = mode === "full" ? "" : ", in one window";
    if (got) return [[`${pair}${where}: the gradient arrives, `, ...value, "."]];
    if (mode === "reset")
      return [[`${pair}, with a border between them: `, ...value,
        ". This is the true gradient: the state was set to 0 at the border, so the loss does not depend "
        + "on that input."]];
    return [[`${pair}, with a border between them: `, ...value, ", where the true gradient is ",
      named("lost", fixed(real, 4)),
      ". The loss depends on that input, but the weights do not learn of it."]];
  }

  function picture(width, mode, K, t, s, arriving) {
    const left = 66, column = (width - left - 4) / T, row = Math.min(13, Math.max(11, column));
    const px = (k) => left + (k + 0.5) * column, top = 138, low = top + T * row;
    const at = { left, column, row, px, top, low };
    return { height: low + 42, nodes: [...windows(at, mode, K), ...forwards(at, mode, K, t, s),
      ...backwards(at, mode, K, t, s), ...ends(at, t, s), ...triangle(at, mode, K, arriving),
      ...labels(at, t, s, width), ...hits(at)] };
  }

  const borders = (mode, K) => Array.from({ length: T }, (_, k) => k)
    .filter((k) => k && k % K === 0 && mode !== "full");

  function windows({ left, column }, mode, K) {
    const starts = [0, ...borders(mode, K)];
    return starts.map((from, k) => draw("rect", { x: left + from * column + 1, y: 30, rx: 5, height: 62,
      width: ((starts[k + 1] ?? T) - from) * column - 2, fill: "currentColor", "fill-opacity": 0.06 }));
  }

  // An arrow along a row, with a head where there is room for one.
  function along(x1, x2, y, ink, thick) {
    const way = Math.sign(x2 - x1), head = Math.abs(x2 - x1) > 8
      ? `m${-4 * way},-3l${4 * way},3l${-4 * way},3` : "";
    return draw("path", { d: `M${x1},${y}L${x2},${y}${head}`, fill: "none", stroke: `var(--${ink})`,
      "stroke-width": thick ? 2.6 : 1.2, "stroke-opacity": thick ? 1 : 0.6 });
  }

  function forwards({ px, column }, mode, K, t, s) {
    const half = Math.min(6, column * 0.27), nodes = [];
    for (let k = 0; k < T; k++) {
      const on = s <= k && k <= t;
      nodes.push(draw("rect", { x: px(k) - half, y: 46 - half, width: 2 * half, height: 2 * half, rx: 2,
        fill: "var(--blue)", "fill-opacity": on ? 1 : 0.25, stroke: "var(--blue)" }));
      if (k && !(mode === "reset" && k % K === 0))
        nodes.push(along(px(k - 1) + half, px(k) - half, 46, "blue", s < k && k <= t));
    }
    return nodes;
  }

  function backwards({ px, column, left }, mode, K, t, s) {
    const first = windowStart(t, K, mode), end = Math.max(first, s), nodes = [], y = 78;
    const cut = new Set(borders(mode, K));
    for (let k = T - 1; k > 0; k--)
      if (!cut.has(k)) nodes.push(along(px(k) - 2, px(k - 1) + 2, y, "vermilion",
        k <= t && k > end && s <= t));
    for (const k of cut) nodes.push(line(left + k * column, y - 9, left + k * column, y + 9,
      { stroke: "var(--vermilion)", "stroke-width": 2.5 }));
    if (s > t) return nodes;
    nodes.push(draw("path", { d: `M${px(t)},54L${px(t)},${y - 2}`, stroke: "var(--vermilion)",
      "stroke-width": 2.6 }));
    if (s >= first) return nodes.concat(down(px(s), y, 104, "vermilion"));
    const x = left + first * column;
    return nodes.concat(along(px(first), x + 2, y, "vermilion", true));
  }

  const down = (x, y1, y2, ink) => draw("path", { d: `M${x},${y1}L${x},${y2}m-3,-5l3,5l3,-5`, fill: "none",
    stroke: `var(--${ink})`, "stroke-width": 2.6 });

  // The loss above its state and the input below; an input that receives nothing is dotted.
  function ends({ px, left }, t, s) {
    const name = (letter, k, y) => text(px(k), y, [draw("tspan", { "font-style": "italic" }, letter),
      draw("tspan", { dy: 3, "font-size": 12 }, String(k + 1))],
        { "text-anchor": "middle", "font-weight": 700 });
    return [name("L", t, 14), down(px(t), 20, 38, "vermilion"), name("x", s, 120),
      line(px(s), 54, px(s), 108, { stroke: "var(--blue)", "stroke-width": 1.6, "stroke-dasharray": "2 3" }),
      ...[["loss", 14], ["state", 50], ["gradient", 82], ["input", 120]].map(([words, y]) =>
        text(left - 8, y, words, { "text-anchor": "end" }))];
  }

  function triangle({ left, column, row, top }, mode, K, arriving) {
    const nodes = [];
    for (let t = 0; t < T; t++)
      for (let s = 0; s <= t; s++) {
        const got = arrives(t, s, K, mode);
        nodes.push(draw("rect", { x: left + s * column + 0.5, y: top + t * row + 0.5, width: column - 1,
          height: row - 1, ...(got
            ? { fill: "var(--vermilion)", "fill-opacity": strength(arriving[t][s]).toFixed(2) }
            : { fill: "none", stroke: "currentColor", "stroke-opacity": 0.2 }) }));
      }
    return nodes;
  }

  function labels({ left, column, row, px, top, low }, t, s, width) {
    const shownSteps = (now) => [...new Set([...[5, 11, 17, 23].filter((k) => Math.abs(k - now) > 1), now])];
    const look = (k, now) => (k === now ? { "font-weight": 700 } : {});
    return [...shownSteps(t).map((k) => text(left - 8, top + (k + 0.5) * row + 4.5, String(k + 1),
      { "text-anchor": "end", ...look(k, t) })),
      ...shownSteps(s).map((k) => text(px(k), low + 16, String(k + 1),
        { "text-anchor": "middle", ...look(k, s) })),
      text(width - 4, low + 34, "input at step", { "text-anchor": "end" }),
      text(0, top + 12, "loss at"), text(0, top + 28, "step"),
      draw("rect", { x: left + s * column - 0.5, y: top + t * row - 0.5, width: column + 1, height: row + 1,
        fill: "none",
        stroke: "currentColor", "stroke-width": 2.5 }),
      text(width - 4, top + 14, "filled: the gradient arrives,", { "text-anchor": "end" }),
      text(width - 4, top + 30, "strong where it is large", { "text-anchor": "end" }),
      text(width - 4, top + 50, "hollow: it is cut", { "text-anchor": "end" })];
  }

  function hits({ left, column, row, top, low }) {
    const area = (y, height, look = {}) => draw("rect", { x: left, y, width: T * column, height,
      fill: "transparent", ...look });
    return [area(0, 62, { class: "grab", "data-name": "loss" }),
      area(62, 64, { class: "grab", "data-name": "input" }),
      area(top, low - top, { "data-name": "pair" })];
  }

  dragging(view, (point, target) => {
    const what = target.dataset.name, box = target.getBBox();
    const index = (v, from, size) => Math.min(T, Math.max(1, 1 + Math.floor((T * (v - from)) / size)));
    const move = ({ x }) => view.put({ [what === "loss" ? "t" : "s"]: index(x, box.x, box.width) });
    if (what === "pair")
      return void view.put({ s: index(point.x, box.x, box.width), t: index(point.y, box.y, box.height) });
    if (what !== "loss" && what !== "input") return undefined;
    move(point);
    return move;
  });

  view.refresh();
  return view.close;
}

export default { render };
