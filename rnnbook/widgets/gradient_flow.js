
// ---- Gradient flow: the twin of gradient_flow.py ---------------------------------

const UNITS = {
  tanh: [tanh, (h) => 1 - h * h],
  ReLU: [(a) => Math.max(a, 0), (h, a) => (a > 0 ? 1 : 0)],
  linear: [(a) => a, () => 1],
};

const rowsOf = (values, width) =>
  zeros(values.length / width, width).map((_, i) => values.slice(i * width, (i + 1) * width));

// The matrix of gain 1 with its radius and largest singular value, which grow as the gain.
const made = new Map();

function matrixOfGainOne(matrix, H, seed) {
  const key = `${matrix} ${H} ${seed}`;
  if (!made.has(key)) {
    const W = entries(matrix, H, seed);
    made.set(key, { W, radius: spectralRadius(W), sigma: largestSingularValue(W)[0] });
  }
  return made.get(key);
}

function entries(matrix, H, seed) {
  if (matrix === "non-normal")
    return zeros(H, H).map((row, i) => row.map((_, j) => (j === i || j === i - 1 ? 0.7 : 0)));
  const W = rowsOf(normals(H * H, 2 * seed + 1), H);
  if (matrix === "random") return W.map((row) => row.map((w) => w / Math.sqrt(H)));
  const rows = [];
  for (let v of W) {
    for (const q of rows) {
      const along = v.reduce((sum, x, i) => sum + x * q[i], 0);
      v = v.map((x, i) => x - along * q[i]);
    }
    const norm = length(v);
    rows.push(v.map((x) => x / norm));
  }
  return rows;
}

function chainNorms(jacobians, times = product) {
  const H = jacobians[0].length, norms = [0];
  let J = zeros(H, H).map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  let u = null, logScale = 0;
  for (const step of jacobians) {
    J = times(J, step);
    const scale = largestEntry(J);
    if (scale === 0) {
      while (norms.length <= jacobians.length) norms.push(-Infinity);
      break;
    }
    for (const row of J) for (let j = 0; j < H; j++) row[j] /= scale;
    logScale += Math.log10(scale);
    const [norm, left] = largestSingularValue(J, u, 1e-8);
    u = left;
    norms.push(logScale + Math.log10(norm));
  }
  return norms;
}

// diag(slopes) W
const scaledRows = (slopes, W) => W.map((row, i) => row.map((w) => slopes[i] * w));

const timesGain = (W, gain) => W.map((row) => Float64Array.from(row, (w) => gain * w));

function gradientFlow({ gain, drive, unit, matrix, H, T, seed, cell = "plain", keep_bias = 1 }) {
  if (cell !== "plain") return gatedFlow({ cell, gain, drive, matrix, H, T, seed, keep_bias });
  const one = matrixOfGainOne(matrix, H, seed);
  const W = timesGain(one.W, gain), x = rowsOf(normals(T * H, 2 * seed + 2), H);
  const [phi, slope] = UNITS[unit], jacobians = [];
  let h = new Float64Array(H);
  for (let t = 0; t < T; t++) {
    const a = apply(W, h).map((value, i) => value + drive * x[t][i]);
    h = a.map((v) => phi(v));
    jacobians.push(scaledRows(h.map((v, i) => slope(v, a[i])), W));
  }
  return {
    logNorm: chainNorms(jacobians.reverse()),
    radius: gain * one.radius,
    sigma: gain * one.sigma,
  };
}

const BLOCKS = { LSTM: 4, GRU: 3 };

// The same for a gated cell: the Jacobians of its whole state, (h, c) or h.
function gatedFlow({ cell, gain, drive, matrix, H, T, seed, keep_bias }) {
  const G = BLOCKS[cell], size = (cell === "LSTM" ? 2 : 1) * H, jacobians = [];
  const blocks = Array.from({ length: G },
    (_, k) => timesGain(matrixOfGainOne(matrix, H, seed + 10000 * k).W, gain));
  const x = normals(T * G * H, 2 * seed + 2), step = cell === "LSTM" ? lstmJacobian : gruJacobian;
  let state = new Float64Array(size);
  const atZero = step(state, blocks, () => 0, keep_bias)[1];
  for (let t = 0; t < T; t++) {
    const [next, J] = step(state, blocks, (k, i) => drive * x[(t * G + k) * H + i], keep_bias);
    state = next;
    jacobians.push(J);
  }
  const lstm = cell === "LSTM", ruled = lstm ? cellStateOnly(atZero) : atZero;
  const logNorm = chainNorms(jacobians.reverse(), lstm ? timesLSTM : product);
  const [sigma] = largestSingularValue(atZero, null, 1e-12, 1000);
  return { logNorm, radius: spectralRadius(ruled), sigma };
}

// At the state 0, h is half of c, and so the Jacobian has the eigenvalues of that of c alone.
function cellStateOnly(J) {
  const H = J.length / 2;
  return J.slice(H).map((row) => row.slice(0, H).map((byH, b) => 0.5 * byH + row[H + b]));
}

// J becomes J times the Jacobian of an LSTM, whose columns for c are diagonal; faster than `product`.
function timesLSTM(J, step) {
  const H = J.length / 2, byH = new Float64Array(H);
  for (const from of J) {
    byH.fill(0);
    for (let j = 0; j < 2 * H; j++)
      for (let k = 0, a = from[j], row = step[j]; k < H; k++) byH[k] += a * row[k];
    for (let k = 0; k < H; k++) from[H + k] = from[k] * step[k][H + k] + from[H + k] * step[H + k][H + k];
    from.set(byH);
  }
  return J;
}

// One step of an LSTM: the new state (h, c) in a row, and its Jacobian (2H, 2H).
function lstmJacobian(state, blocks, x, keep_bias) {
  const H = state.length / 2, h = state.subarray(0, H), [ai, af, ag, ao] = blocks.map((W) => apply(W, h));
  const [W_i, W_f, W_g, W_o] = blocks, next = new Float64Array(2 * H), J = zeros(2 * H, 2 * H);
  for (let a = 0; a < H; a++) {
    const c = state[H + a], i = sigmoid(ai[a] + x(0, a)), f = sigmoid(af[a] + x(1, a) + keep_bias);
    const g = tanh(ag[a] + x(2, a)), o = sigmoid(ao[a] + x(3, a));
    const now = f * c + i * g, squashed = tanh(now), slope = o * (1 - squashed * squashed);
    const byF = c * f * (1 - f), byI = g * i * (1 - i), byG = i * (1 - g * g), byO = squashed * o * (1 - o);
    for (let b = 0; b < H; b++) {
      const cByH = byF * W_f[a][b] + byI * W_i[a][b] + byG * W_g[a][b];
      J[H + a][b] = cByH;
      J[a][b] = byO * W_o[a][b] + slope * cByH;
    }
    J[a][H + a] = slope * f;
    J[H + a][H + a] = f;
    next[a] = o * squashed;
    next[H + a] = now;
  }
  return [next, J];
}

// One step of a GRU: the new state and its Jacobian (H, H).
function gruJacobian(h, blocks, x, keep_bias) {
  const H = h.length, [ar, az, inner] = blocks.map((W) => apply(W, h)), [W_r, W_z, W_n] = blocks;
  const next = new Float64Array(H), J = zeros(H, H);
  for (let a = 0; a < H; a++) {
    const r = sigmoid(ar[a] + x(0, a)), z = sigmoid(az[a] + x(1, a) + keep_bias), n = tanh(x(2, a) + r * inner[a]);
    const slope = (1 - z) * (1 - n * n), byN = slope * r, byR = slope * inner[a] * r * (1 - r);
    const byZ = (h[a] - n) * z * (1 - z);
    for (let b = 0; b < H; b++) J[a][b] = byN * W_n[a][b] + byR * W_r[a][b] + byZ * W_z[a][b];
    J[a][a] += z;
    next[a] = (1 - z) * n + z * h[a];
  }
  return [next, J];
}

// ---- The view --------------------------------------------------------------------

const LOW = -40, HIGH = 20;

const verdict = (exponent) =>
  exponent < -2 ? "vanishes" : exponent > 2 ? "explodes" : "keeps its size";

const rule = (radius) =>
  Math.abs(radius - 1) < 1e-5 ? "keeps its size" : radius < 1 ? "vanishes" : "explodes";

function reach(logNorm) {
  const left = logNorm.findLastIndex((v) => v >= -2);
  return left + 1 < logNorm.length ? `${left + 1} steps` : `more than ${left} steps`;
}

function judged(said, happened) {
  if (said === happened) return "The rule is right about the direction.";
  if (happened === "keeps its size") return "After these steps neither has happened.";
  return "The rule is wrong here.";
}

// The matrix that the rule looks at: of a gated cell its Jacobian at the state 0 without input.
const RULED = {
  plain: "Spectral radius ρ = ",
  LSTM: "The state s of the LSTM is (h, c), and the gradient is that of both. Without input and at "
    + "state 0 its Jacobian has spectral radius ρ = ",
  GRU: "Without input and at state 0 the Jacobian of the GRU has spectral radius ρ = ",
};
const PARTS = { plain: "h", LSTM: "s", GRU: "h" };

const tenTo = (exponent) =>
  exponent === -Infinity ? ["exactly 0"] : ["10", make("sup", {}, fixed(exponent, 1))];

function render({ model, el }) {
  const keys = ["gain", "drive", "unit", "matrix", "seed", "cell", "keep_bias"];
  const size = { H: model.get("H"), T: model.get("T") };
  let kept = null, shown = null;
  const settings = () => Object.fromEntries(keys.map((key) => [key, model.get(key)]));

  const view = stage({
    model, el, keys, paint,
    name: "how much of a gradient arrives",
    first: "Move the drive from 1 to 0. The state then never leaves zero, where tanh is linear, "
      + "and the line follows the eigenvalue. Now move the drive up one notch. Then "
      + "choose the LSTM: which forget bias lets the gradient through, and does it at a drive of 3?",
  });
  choice(view, { key: "cell", label: "Cell", options: Object.keys(RULED).map((cell) => [cell, cell]) });
  slider(view, { key: "gain", label: "Gain of the recurrent weights", min: 0.2, max: 3, step: 0.05 });
  slider(view, { key: "drive", label: "Drive (size of the inputs)", min: 0, max: 3, step: 0.05 });
  const unit = choice(view, { key: "unit", label: "Unit",
    options: ["tanh", "ReLU", "linear"].map((u) => [u, u]) });
  choice(view, { key: "matrix", label: "Matrix", options: [
    ["random", "random"], ["orthogonal", "orthogonal"], ["non-normal", "non-normal (a chain)"]] });
  const bias = slider(view, { key: "keep_bias", label: "Bias of the gate that keeps", min: -2, max: 6, step: 0.1,
    ink: "vermilion", read: (v) => `${fixed(v, 1)}, gate ${fixed(sigmoid(v))}` });
  // What the chosen cell has no use for is left out.
  view.controlled.push(() => {
    unit.parentNode.style.display = model.get("cell") === "plain" ? "" : "none";
    bias.parentNode.style.display = model.get("cell") === "plain" ? "none" : "";
  });
  buttons(view,
    ["Keep this curve", () => { kept = shown; view.refresh(); }],
    ["Draw new random numbers", () => view.put({ seed: (model.get("seed") + 1) % 10000 })],
    ["Reset", () => { kept = null; view.reset(); view.refresh(); }]);

  function paint(width) {
    const flow = gradientFlow({ ...settings(), ...size });
    shown = flow.logNorm;
    const { T } = size, end = flow.logNorm[T];
    const peak = Math.max(...flow.logNorm), at = flow.logNorm.indexOf(peak);
    const said = rule(flow.radius), happened = verdict(end);
    const grew = peak > Math.max(2, end + 2)
      ? [" On the way it grew to ", ...tenTo(peak), `, ${at} steps back.`] : [];
    say(view,
      [RULED[model.get("cell")], named("radius", fixed(flow.radius)),
        ", largest singular value σ = ", named("sigma", fixed(flow.sigma)), "."],
      ["The eigenvalue rule says that the gradient ", named("rule", said), ". Measured over ",
        `${T} steps: `, named("end", ...tenTo(end)), ", it ", named("happened", happened), ". ",
        make("b", { "data-name": "judged" }, judged(said, happened)), ...grew, " Less than a hundredth is left after ",
        named("reach", reach(flow.logNorm)), "."]);
    const spoken = `The rule says that the gradient ${said}. Measured, it ${happened}: `
      + `ten to the power ${fixed(end, 1)} after ${T} steps.`;
    return { height: 330, nodes: chart(width, flow, T), spoken };
  }

  function chart(width, flow, T) {
    const box = { left: 46, top: 32, right: width - 78, bottom: 285 };
    const part = PARTS[model.get("cell")];
    const { nodes, px, py } = axes(box, {
      x: [0, T], y: [LOW, HIGH], log: true,
      xLabel: "lag k (steps back)", yLabel: `norm of the gradient, ‖∂${part}(T) / ∂${part}(T−k)‖`,
    });
    // The largest singular value is a bound where the slope of the unit is at most 1.
    const bounded = model.get("cell") === "plain";
    const reference = (value) => flow.logNorm.map((_, k) => k * Math.log10(value));
    const curves = [
      [kept, "kept", { stroke: "currentColor", "stroke-opacity": 0.4 }],
      [bounded && reference(flow.sigma), power("σ", "k"),
        { stroke: "var(--black)", "stroke-dasharray": "2 4" }],
      [reference(flow.radius), power("ρ", "k"), { stroke: "var(--black)", "stroke-dasharray": "8 5" }],
      [flow.logNorm, "measured", { stroke: "var(--vermilion)", "data-name": "curve" }],
    ];
    const ends = [];
    for (const [values, words, look] of curves) {
      if (!values) continue;
      const inside = values.map((v) => (v >= LOW && v <= HIGH ? v : NaN));
      const last = inside.findLastIndex((v) => Number.isFinite(v));
      nodes.push(path(inside.map((v, k) => [px(k), py(v)]), { class: "line", ...look }));
      ends.push({ x: px(last) + 6, y: py(inside[last]), words });
    }
    return nodes.concat(lineEnds(ends, box.top + 8, box.bottom));
  }

  view.refresh();
  return view.close;
}

export default { render };
