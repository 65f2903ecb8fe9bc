
// ---- A predictor and what it is fed: the twin of teacher_forcing.py --------------

const T = 100, PERIODS = [16, 9.9], SIZES = [0.6, 0.4], PHASES = [0.5, 2], LATER = [10, 20];

const wave = Array.from({ length: T + 1 }, (_, t) => {
  const sum = PERIODS.reduce((s, p, k) => s + SIZES[k] * Math.sin((2 * Math.PI * t) / p + PHASES[k]), 0);
  return Math.floor(sum * 1048576 + 0.5) / 1048576;
});

function coins(share, seed) {
  const draw = uniforms(seed);
  return Array.from({ length: T }, () => draw() < share);
}

function predict({ W_xh, W_hh, b_h, W_hy, b_y }, truth, nudge, nudge_step) {
  const predicted = [];
  let h = new Float64Array(b_h.length), out = 0;
  for (let t = 0; t < T; t++) {
    const fed = (truth[t] ? wave[t] : out) + (t === nudge_step ? nudge : 0), back = apply(W_hh, h);
    h = back.map((value, i) => tanh(b_h[i] + W_xh[i] * fed + value));
    predicted.push(out = b_y + apply([W_hy], h)[0]);
  }
  return predicted;
}

// Both runs, what was fed in the free one, and the mean squares of the steps on its own.
function forcing(weights, { start, share, nudge, nudge_step, seed }) {
  const fed = coins(share, seed).map((coin, t) => t < start || coin), all = fed.map(() => true);
  const run = (truth) => predict(weights, truth, nudge, nudge_step);
  const runs = { forced: run(all), free: run(fed) };
  const square = (x) => x * x, rest = wave.slice(start + 1);
  const mean = (gap) => rest.reduce((s, x, k) => s + square(gap(x, start + k)), 0) / rest.length;
  const errors = { zero: mean((x) => x), forced: mean((x, t) => runs.forced[t] - x),
    free: mean((x, t) => runs.free[t] - x) };
  const moved = {}, [from, to] = LATER.map((later) => nudge_step + later);
  for (const [name, truth] of [["forced", all], ["free", fed]]) {
    const still = predict(weights, truth, 0, nudge_step);
    const gaps = runs[name].map((v, t) => Math.abs(v - still[t]));
    moved[name] = Math.max(...gaps.slice(from, to + 1));
  }
  return { runs, fed, errors, moved };
}

// ---- The view --------------------------------------------------------------------

const LOW = -4, HIGH = 1, TOP = 2, LAST = T - 1 - LATER[1];
const NETWORKS = [["early", "300 steps"], ["long", "900 steps"], ["other", "900 steps, another start"]];

function render({ model, el }) {
  const keys = ["network", "start", "share", "nudge", "nudge_step", "seed"], weights = model.get("weights");
  const view = stage({
    model, el, keys, paint,
    name: "teacher forcing against free running",
    first: "Compare the two lines of errors: fed the truth the network misses by little, on its own it does "
      + "worse than saying 0. Then compare the two networks of 900 steps: which is better one step ahead, and "
      + "which on its own? Drag the black point to nudge what is fed.",
  });
  choice(view, { key: "network", label: "Trained on the truth for", options: NETWORKS });
  slider(view, { key: "start", label: "On its own from step", min: 10, max: 90, step: 1, ink: "blue",
    read: String });
  slider(view, { key: "share", label: "Share of truth from there", min: 0, max: 1, step: 0.05, ink: "blue" });
  slider(view, { key: "nudge", label: "Nudge", min: -1, max: 1, step: 0.05 });
  slider(view, { key: "nudge_step", label: "Value nudged, step", min: 10, max: LAST, step: 1, read: String });
  buttons(view, ["Toss the coins again", () => view.put({ seed: (model.get("seed") + 1) % 10000 })],
    ["Reset", view.reset]);
  let place = null; // the value fed at the step of the nudge, and the value of a height

  dragging(view, (_, target) => {
    if (target.dataset.name !== "handle") return null;
    return ({ y }) =>
      view.put({ nudge: Math.max(-1, Math.min(1, Math.round((place.value(y) - place.fed) * 20) / 20)) });
  });

  function paint(width) {
    const setting = Object.fromEntries(keys.map((key) => [key, model.get(key)]));
    const result = forcing(weights[setting.network], setting), { errors } = result;
    say(view, ...sentences(setting, result));
    const spoken = `Mean squared error: fed the truth ${fixed(errors.forced, 6)}, `
      + `on its own ${fixed(errors.free, 6)}.`;
    return { height: 452, nodes: picture(width, setting, result), spoken };
  }

  function sentences({ start, share, nudge, nudge_step }, { errors, moved }) {
    const value = (name, x, digits = 6) => named(name, fixed(x, digits));
    const alone = share ? `with the truth at a share of ${fixed(share)} of the steps` : "on its own";
    const lines = [["Mean squared error over the predictions after step ", String(start), ": fed the truth ",
      value("forced", errors.forced), ", ", alone, " ", value("free", errors.free), ", which is ",
      value("ratio", errors.free / errors.forced, 1), " times as much. To say 0 every time would give ",
      value("zero", errors.zero), "."]];
    if (nudge)
      lines.push([`The value fed at step ${nudge_step} is off by ${fixed(nudge)}. ${LATER[0]} to ${LATER[1]} `
        + "steps later that still moves the predictions by up to ", value("forced_moved", moved.forced),
      " where the truth is fed, and by up to ", value("free_moved", moved.free), ` ${alone}.`]);
    return lines;
  }

  function picture(width, setting, result) {
    const box = { left: 46, right: width - 58, top: 32, bottom: 226 };
    return [...waves(box, setting, result),
      ...mistakes({ ...box, top: 280, bottom: 412 }, setting, result.runs)];
  }

  const looks = { truth: { stroke: "var(--black)", "stroke-dasharray": "2 4" },
    forced: { stroke: "var(--blue)", "stroke-dasharray": "7 4" }, free: { stroke: "var(--blue)" } };

  function waves(box, { start, nudge, nudge_step }, { runs, fed }) {
    const px = scale(0, T, box.left, box.right), py = scale(-TOP, TOP, box.bottom, box.top);
    const nodes = [text(0, box.top - 16, "wave and predictions")], ends = [];
    for (const v of [-2, -1, 0, 1, 2])
      nodes.push(line(box.left, py(v), box.right, py(v), { class: v ? "grid" : "zero" }),
        text(box.left - 6, py(v) + 4, minus(String(v)), { "text-anchor": "end" }));
    nodes.push(line(px(start), box.top, px(start), box.bottom + 5, { stroke: "currentColor" }),
      ...side(px(start), box, start));
    for (const [name, values] of [["free", runs.free], ["forced", runs.forced], ["truth", wave.slice(1)]]) {
      const inside = values.map((v, t) => [px(t + 1), py(Math.max(-TOP, Math.min(TOP, v)))]);
      nodes.push(path(inside, { class: "line", ...looks[name] }));
      ends.push({ x: box.right + 5, y: inside[T - 1][1], words: name });
    }
    // Where a coin gave the truth.
    fed.forEach((truth, t) => {
      if (truth && t >= start)
        nodes.push(draw("circle", { cx: px(t), cy: box.bottom - 5, r: 1.8, fill: "var(--black)" }));
    });
    const own = fed[nudge_step] ? wave[nudge_step] : runs.free[nudge_step - 1];
    place = { fed: own, value: scale(box.bottom, box.top, -TOP, TOP) };
    const moved = py(Math.max(-TOP, Math.min(TOP, own + nudge)));
    return [...nodes, ...handle(px(nudge_step), py(own), moved), ...lineEnds(ends, box.top, box.bottom)];
  }

  // The words stand on the side with more room.
  function side(x, box, start) {
    const words = `on its own from step ${start}`;
    return [x > (box.left + box.right) / 2 ? text(x, box.bottom + 18, words, { "text-anchor": "end" })
      : text(x, box.bottom + 18, words)];
  }

  // The value that is fed at the step of the nudge, and how far it is moved.
  const handle = (x, from, to) => [
    line(x, from, x, to, { stroke: "var(--black)", "stroke-width": 2 }),
    draw("circle", { cx: x, cy: to, r: 6, fill: "var(--black)", stroke: "var(--blue)", "stroke-width": 2 }),
    draw("circle", { cx: x, cy: to, r: 20, fill: "transparent", class: "grab", "data-name": "handle" }),
  ];

  function mistakes(box, { start, nudge, nudge_step }, runs) {
    const { nodes, px, py } = axes(box, { x: [0, T], y: [LOW, HIGH], log: true,
      xLabel: "time step", yLabel: "size of the error of the prediction" });
    const ends = [], height = (v) => py(Math.max(LOW, Math.min(HIGH, Math.log10(v))));
    nodes.push(line(px(start), box.top, px(start), box.bottom, { stroke: "currentColor" }));
    if (nudge) nodes.push(line(px(nudge_step), box.top, px(nudge_step), box.bottom, { class: "grid" }));
    for (const name of ["free", "forced"]) {
      const gaps = runs[name].map((v, t) => [px(t + 1), height(Math.abs(v - wave[t + 1]))]);
      nodes.push(path(gaps, { class: "line", style: "stroke-width: 1.6", ...looks[name] }));
      ends.push({ x: box.right + 5, y: gaps[T - 1][1], words: name });
    }
    return [...nodes, ...lineEnds(ends, box.top, box.bottom)];
  }

  view.refresh();
  return view.close;
}

export default { render };
