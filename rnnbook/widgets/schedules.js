// ---- Training one small network: the twin of schedules.py ------------------------

const H = 3, T = 8, B = 4, STEPS = 300, LAST = 20, NOISE = 0.3, WARM = 30, MOST = 1e4, CLIP = 1;
const LOWEST = -4, RATES = 51;
// Where the parts of the weight vector begin: W_xh, W_hh, b_h, W_hy, b_y.
const W_HH = H, B_H = W_HH + H * H, W_HY = B_H + H, B_Y = W_HY + H, WEIGHTS = B_Y + 1;

const learningRate = (logRate) => Number((10 ** logRate).toPrecision(3));
const begin = () => Float64Array.from(normals(WEIGHTS, 1), (v) => 0.4 * v);

// Signs, the signs of the step before, and those with noise, for every step of training.
let batches = null;

function signs() {
  if (batches) return batches;
  const z = normals(2 * STEPS * T * B, 5);
  batches = Array.from({ length: STEPS }, (_, k) => {
    const [x, clean, y] = zeros(3, T * B);
    for (let n = 0; n < T * B; n++) {
      const at = 2 * (k * T * B + n);
      x[n] = z[at] > 0 ? 1 : -1;
      clean[n] = n < B ? 0 : x[n - B];
      y[n] = clean[n] + NOISE * z[at + 1];
    }
    return { x, clean, y };
  });
  return batches;
}

// The error against the signs without noise, and the gradient of that against the noisy ones.
function lossAndGradient(w, { x, y, clean }) {
  const h = zeros(T + 1, H * B), wrong = new Float64Array(T * B);
  let loss = 0;
  for (let t = 0; t < T; t++)
    for (let b = 0; b < B; b++) {
      const n = t * B + b, old = h[t], now = h[t + 1];
      let out = w[B_Y];
      for (let i = 0; i < H; i++) {
        let a = w[B_H + i] + w[i] * x[n];
        for (let j = 0; j < H; j++) a += w[W_HH + i * H + j] * old[j * B + b];
        now[i * B + b] = tanh(a);
        out += w[W_HY + i] * now[i * B + b];
      }
      wrong[n] = out - y[n];
      loss += (out - clean[n]) * (out - clean[n]);
    }
  return [loss / (T * B), backward(w, x, h, wrong)];
}

function backward(w, x, h, wrong) {
  const g = new Float64Array(WEIGHTS), back = new Float64Array(H), all = zeros(B, H);
  for (let t = T - 1; t >= 0; t--)
    for (let b = 0; b < B; b++) {
      const n = t * B + b, d = (2 * wrong[n]) / (T * B), later = all[b];
      g[B_Y] += d;
      back.fill(0);
      for (let i = 0; i < H; i++) {
        const now = h[t + 1][i * B + b], da = (later[i] + d * w[W_HY + i]) * (1 - now * now);
        g[i] += da * x[n];
        g[B_H + i] += da;
        g[W_HY + i] += d * now;
        for (let j = 0; j < H; j++) {
          g[W_HH + i * H + j] += da * h[t][j * B + b];
          back[j] += w[W_HH + i * H + j] * da;
        }
      }
      later.set(back);
    }
  return g;
}

// One step of each optimiser as torch.optim takes it; `s` keeps m, v and the powers of beta.
const OPTIMISERS = {
  SGD: (w, g, lr) => g.forEach((v, i) => { w[i] -= lr * v; }),
  momentum: (w, g, lr, s) => g.forEach((v, i) => { w[i] -= lr * (s.m[i] = 0.9 * s.m[i] + v); }),
  RMSprop: (w, g, lr, s) => g.forEach((v, i) => {
    s.v[i] = 0.99 * s.v[i] + 0.01 * (v * v);
    w[i] -= lr * (v / (Math.sqrt(s.v[i]) + 1e-8));
  }),
  Adam: (w, g, lr, s) => {
    s.one *= 0.9;
    s.two *= 0.999;
    const size = lr / (1 - s.one), root = Math.sqrt(1 - s.two);
    g.forEach((v, i) => {
      s.m[i] = 0.9 * s.m[i] + 0.1 * v;
      s.v[i] = 0.999 * s.v[i] + 0.001 * (v * v);
      w[i] -= size * (s.m[i] / (Math.sqrt(s.v[i]) / root + 1e-8));
    });
  },
};

// The share of the learning rate at step k, counted from 0; cosines rounded as normals are.
const SCHEDULES = {
  constant: () => 1,
  cosine: (k) => (k < WARM ? (k + 1) / WARM
    : 0.5 * (1 + Math.floor(Math.cos((Math.PI * (k - WARM)) / (STEPS - WARM)) * 1048576 + 0.5) / 1048576)),
  step: (k) => [1, 0.1, 0.01][Math.floor((3 * k) / STEPS)],
};

// Losses and rates of a run; it ends early where the loss passes MOST or is no number.
function training({ optimiser, schedule, log_rate, clip }, steps = STEPS) {
  const w = begin(), lr = learningRate(log_rate), losses = [], rates = [];
  const s = { m: new Float64Array(WEIGHTS), v: new Float64Array(WEIGHTS), one: 1, two: 1 };
  for (let k = 0; k < steps; k++) {
    const [loss, g] = lossAndGradient(w, signs()[k]);
    losses.push(loss);
    rates.push(lr * SCHEDULES[schedule](k));
    if (!(loss <= MOST)) break;
    const norm = length(g), factor = CLIP / (norm + 1e-6);
    if (clip && factor < 1) for (let i = 0; i < WEIGHTS; i++) g[i] *= factor;
    OPTIMISERS[optimiser](w, g, rates[k], s);
  }
  return { losses, rates, diverged: losses[losses.length - 1] <= MOST ? 0 : losses.length };
}

const finalLoss = ({ losses }) =>
  losses.slice(-LAST).reduce((sum, loss) => sum + loss, 0) / Math.min(LAST, losses.length);

// One character for each rate: fifths of a power of ten below 1 as a digit in base 36, or "x".
const grade = (run) => (run.diverged ? "x"
  : Math.max(0, Math.min(30, Math.floor(-5 * Math.log10(finalLoss(run))))).toString(36));
const gridRate = (n) => LOWEST + n / 10;
const sweep = (setting) => Array.from({ length: RATES },
  (_, n) => grade(training({ ...setting, log_rate: gridRate(n) }))).join("");

// ---- The view --------------------------------------------------------------------

const LOW = -4, HIGH = 1, GOOD = 10;
const NAMES = { constant: "constant", cosine: "warm-up, then cosine", step: "step decay" };
const kept = new Map();

// A run takes some milliseconds; settings seen before are not run again.
function runOf(setting) {
  const key = JSON.stringify(setting);
  if (!kept.has(key)) {
    if (kept.size > 200) kept.clear();
    const run = training(setting);
    const lowest = run.losses.indexOf(Math.min(...run.losses));
    kept.set(key, { ...run, key, setting, lowest, final: finalLoss(run) });
  }
  return kept.get(key);
}

const isGood = (grade) => grade !== "x" && parseInt(grade, 36) >= GOOD;

function render({ model, el }) {
  const keys = ["optimiser", "schedule", "log_rate", "clip"], sweeps = model.get("sweep");
  let last = null, before = null;
  const view = stage({
    model, el, keys, paint,
    name: "learning-rate schedules and optimisers on one run",
    first: "Change the schedule to “warm-up, then cosine”: at the same rate the run ends far lower. "
      + "Move the rate up two notches, then tick the clipping. And compare the rows of squares: are "
      + "Adam’s good rates a wider range than those of SGD?",
  });
  choice(view, { key: "optimiser", label: "Optimiser", options: Object.keys(OPTIMISERS).map((o) => [o, o]) });
  choice(view, { key: "schedule", label: "Schedule", options: Object.entries(NAMES) });
  slider(view, { key: "log_rate", label: "Learning rate", min: LOWEST, max: HIGH, step: 0.1, ink: "blue",
    read: (v) => String(learningRate(v)) });
  toggle(view, { key: "clip", label: "Clip gradients at 1" });
  buttons(view, ["Reset", () => { last = before = null; view.reset(); }]);

  const sweepOf = (optimiser) =>
    sweeps[`${optimiser} ${model.get("schedule")}${model.get("clip") ? " clip" : ""}`];

  function paint(width) {
    const run = runOf(Object.fromEntries(keys.map((key) => [key, model.get(key)])));
    if (last && last.key !== run.key) before = last;
    last = run;
    const ended = run.diverged ? `diverged at step ${run.diverged}` : "did not diverge";
    say(view, outcome(run, ended), range(run.setting), ...(before ? [earlier(before)] : []));
    const spoken = run.diverged ? `The run ${ended}.` : `Final loss ${fixed(run.final, 5)}.`;
    return { height: 466, nodes: picture(width, run), spoken };
  }

  function outcome(run, ended) {
    const lowest = [named("lowest", fixed(run.losses[run.lowest], 5)), " at step ",
      named("lowest_step", String(run.lowest + 1)), "."];
    const first = ["The run ", named("diverged", ended)];
    return run.diverged ? [...first, ". Before that, its lowest loss was ", ...lowest]
      : [...first, ". Its final loss, the mean of the last 20 steps, is ",
        named("final", fixed(run.final, 5)), "; its lowest was ", ...lowest];
  }

  function range({ optimiser, schedule, clip }) {
    const grades = [...sweepOf(optimiser)], good = grades.map((_, n) => n).filter((n) => isGood(grades[n]));
    const rate = (name, n) => named(name, String(learningRate(gridRate(n))));
    return [`With ${optimiser} (${NAMES[schedule]}; ${clip ? "clipped" : "not clipped"}), `,
      named("good", String(good.length)), ` of ${RATES} learning rates end at a loss of 0.01 or less: `
      + "a range ", named("width", fixed(good.length / 10, 1)), " powers of ten wide, from ",
      rate("from", good[0]), " to ", rate("to", good[good.length - 1]), "."];
  }

  function earlier({ setting, diverged, final }) {
    const { optimiser, schedule, log_rate, clip } = setting;
    return [`The run before, in grey (${optimiser}, ${NAMES[schedule]}, rate ${learningRate(log_rate)}`
      + `${clip ? ", clipped" : ""}), ${diverged ? "diverged" : `ended at ${fixed(final, 5)}`}.`];
  }

  function picture(width, run) {
    const right = width - 84, box = { left: 46, right, top: 30, bottom: 214 };
    return [...losses(box, run), ...rates({ left: 46, right, top: 248, bottom: 306 }, run),
      ...strips({ left: 46, right, top: 376 }, run)];
  }

  function losses(box, run) {
    const px = scale(0, STEPS, box.left, box.right), py = scale(LOW, HIGH, box.bottom, box.top);
    const drawn = [text(0, box.top - 12, "loss, without the noise")];
    for (let v = LOW; v <= HIGH; v++)
      drawn.push(line(box.left, py(v), box.right, py(v), { class: v ? "grid" : "zero" }),
        text(box.left - 6, py(v) + 4, `10${raised(v)}`, { "text-anchor": "end" }));
    const height = (loss) => py(Math.max(LOW, Math.min(HIGH, Math.log10(loss))));
    const ends = [];
    for (const [one, words, look] of [[before, "before", { stroke: "currentColor", "stroke-opacity": 0.35 }],
      [run, run.diverged ? "diverged" : "this run", { stroke: "var(--blue)", "data-name": "curve" }]]) {
      if (!one) continue;
      const out = one.diverged ? one.losses.findIndex((loss) => !(loss <= 10 ** HIGH)) + 1 : STEPS;
      const inside = one.losses.slice(0, out);
      drawn.push(path(inside.map((loss, k) => [px(k + 1), height(loss)]),
        { class: "line", style: "stroke-width: 1.4", ...look }));
      ends.push({ x: px(inside.length) + 6, y: one.diverged ? box.top : height(one.final), words });
    }
    if (!run.diverged)
      drawn.push(line(px(STEPS - LAST), height(run.final), px(STEPS), height(run.final),
        { stroke: "var(--black)", "stroke-width": 3 }));
    return [...drawn, ...lineEnds(ends, box.top, box.bottom)];
  }

  function rates(box, run) {
    const top = learningRate(model.get("log_rate"));
    const px = scale(0, STEPS, box.left, box.right), py = scale(0, top, box.bottom, box.top);
    const share = SCHEDULES[model.get("schedule")], nodes = [];
    for (const [value, words] of [[0, "0"], [top, String(top)]])
      nodes.push(line(box.left, py(value), box.right, py(value), { class: value ? "grid" : "zero" }),
        text(value ? box.right + 6 : box.left - 6, py(value) + 4, words,
          { "text-anchor": value ? "start" : "end" }));
    for (const k of [0, 100, 200, 300])
      nodes.push(line(px(k), box.bottom, px(k), box.bottom + 5, { class: "grid" }),
        text(px(k), box.bottom + 18, String(k), { "text-anchor": "middle" }));
    const all = Array.from({ length: STEPS }, (_, k) => [px(k + 1), py(top * share(k))]);
    nodes.push(path(all, { class: "line soft", stroke: "var(--black)", "stroke-dasharray": "3 3" }),
      path(all.slice(0, run.losses.length), { class: "line", stroke: "var(--black)" }),
      text(0, box.top - 12, "learning rate"));
    return [...nodes, text(box.right, box.bottom + 35, "training step", { "text-anchor": "end" })];
  }

  // A row of squares for each optimiser: the fuller, the lower the final loss at that rate.
  function strips({ left, right, top }, run) {
    const cell = (right - left) / RATES, high = 15, now = model.get("optimiser");
    const nodes = [text(0, top - 10, "final loss by rate (blue: good, ×: diverged)")];
    Object.keys(OPTIMISERS).forEach((optimiser, row) => {
      const y = top + row * (high + 3), bold = optimiser === now;
      nodes.push(text(right + 6, y + 12, optimiser, bold ? { "font-weight": 700 } : { class: "soft" }));
      [...sweepOf(optimiser)].forEach((grade, n) =>
        nodes.push(square(left + n * cell, y, cell, high, grade, bold)));
    });
    const n = Math.round((run.setting.log_rate - LOWEST) * 10), x = left + n * cell;
    const row = Object.keys(OPTIMISERS).indexOf(now), bottom = top + 4 * (high + 3);
    nodes.push(draw("rect", { x: x - 1, y: top + row * (high + 3) - 2, width: cell + 1, height: high + 4,
      fill: "none", stroke: "currentColor", "stroke-width": 2 }));
    for (let v = LOWEST; v <= HIGH; v += cell < 3.6 ? 2 : 1)
      nodes.push(text(left + ((v - LOWEST) * 10 + 0.5) * cell, bottom + 14, power("10", minus(String(v))),
        { "text-anchor": "middle" }));
    return [...nodes, hit(left, top, cell, high + 3)];
  }

  // A square that is pressed sets its optimiser and its rate.
  function hit(x, y, cell, high) {
    const names = Object.keys(OPTIMISERS);
    const area = draw("rect", { x, y, width: cell * RATES, height: high * names.length,
      fill: "transparent" });
    area.addEventListener("pointerdown", (event) => {
      const box = area.getBoundingClientRect();
      const n = Math.floor(((event.clientX - box.left) / box.width) * RATES);
      const row = Math.floor(((event.clientY - box.top) / box.height) * names.length);
      view.put({ optimiser: names[row], log_rate: Number(gridRate(n).toFixed(1)) });
    });
    return area;
  }

  function square(x, y, cell, high, grade, bold) {
    if (grade === "x")
      return draw("path", { class: bold ? "" : "soft", stroke: "currentColor", "stroke-width": 1,
        d: `M${x + cell / 2 - 2},${y + high / 2 - 2}l4,4m0,-4l-4,4` });
    if (!isGood(grade))
      return draw("rect", { x, y: y + high / 2 - 1, width: cell - 0.5, height: 2, class: "faint",
        fill: "currentColor" });
    const opacity = 0.35 + 0.065 * (parseInt(grade, 36) - GOOD);
    return draw("rect", { x, y, width: cell - 0.5, height: high, class: bold ? "" : "soft",
      fill: "var(--blue)", "fill-opacity": Math.min(1, opacity) });
  }

  view.refresh();
  return view.close;
}

export default { render };
