// ---- Stretching: the twin of stretching.py ---------------------------------------

const LAST = 60;

// A^0 to A^60 for A = (lambda1 shear; 0 lambda2).
function powers({ lambda1, lambda2, shear }) {
  const A = [[lambda1, shear], [0, lambda2]], all = [[[1, 0], [0, 1]]];
  for (let k = 0; k < LAST; k++) all.push(product(A, all[k]));
  return all;
}

// Half the sum and the difference of the singular values, and the angle of the long axis.
function ellipse([[a, b], [c, d]]) {
  const sum = [(a + d) / 2, (c - b) / 2], gap = [(a - d) / 2, (c + b) / 2];
  const turn = Math.atan2(gap[1], gap[0]), angle = (Math.atan2(sum[1], sum[0]) + turn) / 2;
  return { long: length(sum) + length(gap), short: Math.abs(length(sum) - length(gap)), angle };
}

const startOf = (angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];

function stretching(settings) {
  const all = powers(settings), start = startOf(settings.angle);
  const path = all.map((A) => Array.from(apply(A, start)));
  return {
    all, path, norms: all.map((A) => ellipse(A).long), lengths: path.map(length),
    radius: Math.max(Math.abs(settings.lambda1), Math.abs(settings.lambda2)), sigma: ellipse(all[1]).long,
  };
}

// A number of any size, in tens where it is below 0.01 or above 1,000.
function sized(x) {
  if (x === 0 || (x >= 0.01 && x < 1000)) return fixed(x);
  const [digits, exponent] = x.toExponential(1).split("e");
  return `${digits}·10${raised(Number(exponent))}`;
}

const topOf = (values) => values.indexOf(Math.max(...values));

function peakSaid(norms) {
  const top = topOf(norms);
  if (top === 0) return "is never more than at the start";
  if (top === LAST) return `still grows at step ${LAST}`;
  return `is largest at step ${top}, where it is ${sized(norms[top])}`;
}

function endSaid(norms) {
  const last = norms.findLastIndex((v) => v >= 1);
  return last === LAST ? `it is not below 1 at step ${LAST}` : `it stays below 1 from step ${last + 1} on`;
}

const ruleSaid = (radius) =>
  radius < 1 ? "decays in the end" : radius > 1 ? "can grow for ever" : "may stay as it is";

// ---- The view --------------------------------------------------------------------

const LOWEST = -3, HIGHEST = 4, ZOOM = 40;
const LINE = { stroke: "var(--black)", "stroke-width": 1.3 };
const DASHED = { stroke: "var(--black)", "stroke-dasharray": "6 5" };

function render({ model, el }) {
  const keys = ["lambda1", "lambda2", "shear", "angle", "step"];
  let centre = [0, 0], known = "", run = null;
  const view = stage({
    model, el, keys, paint,
    name: "stretching, step by step",
    first: "Press “Start again” and “Play”. Both eigenvalues are below 1, so every start shrinks to nothing "
      + "in the end, and yet the circle is stretched tenfold first. Then set the shear to 0: the same eigenvalues, "
      + "and nothing ever grows.",
  });
  const ink = "orchid", read = (v) => fixed(v, 1);
  for (const [key, sign] of [["lambda1", "₁"], ["lambda2", "₂"]])
    slider(view, { key, label: `Eigenvalue λ${sign}`, min: -1.1, max: 1.1, step: 0.01, ink });
  slider(view, { key: "shear", label: "Shear", min: 0, max: 5, step: 0.1, ink, read });
  slider(view, {
    key: "angle", label: "Direction of the start", min: 0, max: 360, step: 1, read: (v) => `${v}°` });
  player(view, { key: "step", max: LAST, ms: 350, next: "Next step" });
  buttons(view, ["No shear", () => view.put({ shear: 0 })], ["Reset", view.reset]);
  dragging(view, (_, target) => target.dataset.grab && (({ x, y }) => {
    const turn = (Math.atan2(centre[1] - y, x - centre[0]) * 180) / Math.PI;
    view.put({ angle: Math.round(turn + 360) % 360 });
  }));

  function paint(width) {
    const settings = Object.fromEntries(keys.map((key) => [key, model.get(key)])), k = settings.step;
    const { step, ...rest } = settings;
    if (known !== JSON.stringify(rest)) run = stretching(settings);
    known = JSON.stringify(rest);
    const { norms, lengths, radius, sigma } = run, far = topOf(lengths);
    const value = (name, x) => named(name, sized(x));
    say(view,
      ["The larger eigenvalue has modulus ρ = ", value("radius", radius), ", so everything ",
        named("rule", ruleSaid(radius)), ". The largest singular value is σ = ", value("sigma", sigma),
        ": the most by which one step can stretch."],
      ["At step ", named("step", String(k)), " the most stretched start is ", value("norm", norms[k]),
        " times as long; ρ", make("sup", {}, "k"), " is ", value("radius_k", radius ** k), " and σ",
        make("sup", {}, "k"), " is ", value("sigma_k", sigma ** k), "."],
      ["The norm ", named("peak", peakSaid(norms)), "; ", named("end", endSaid(norms)), "."],
      ["The start shown has a length of ", value("length", lengths[k]), " now; the most it reaches is ",
        value("longest", lengths[far]), ", at step ", named("longest_at", String(far)), "."]);
    const spoken = `Step ${k}: norm ${sized(norms[k])}, the eigenvalues alone say ${sized(radius ** k)}.`;
    const tall = width >= 600 ? 190 : 140, box = { left: 44, top: 32, right: width - 54, bottom: 32 + tall };
    const other = { ...box, top: box.bottom + 70, bottom: box.bottom + 270 };
    return { height: other.bottom + 42, nodes: [...plane(box, settings), ...chart(other, k)], spoken };
  }

  // Equal units in both directions; the reach holds for all steps unless the norm grows too far.
  function plane(box, { step, angle, lambda1, lambda2, shear }) {
    const seen = Math.max(...run.norms) <= ZOOM ? LAST : step;
    const flat = (box.right - box.left) / (box.bottom - box.top);
    const most = (values) => Math.max(...values.slice(0, seen + 1));
    const across = 1.08 * Math.max(most(run.norms), flat * most(run.all.map((A) => length(A[1]))));
    const up = across / flat;
    const { nodes, px, py } = axes(box, {
      x: [-across, across], y: [-up, up], xLabel: "unit 1", yLabel: "unit 2", xMost: 8, yMost: 3 });
    centre = [px(0), py(0)];
    const place = ([x, y]) => [px(x), py(y)];
    for (const direction of [[1, 0], [shear, lambda2 - lambda1]])
      if (length(direction)) nodes.push(through(direction, box));
    nodes.push(draw("circle", { cx: px(0), cy: py(0), r: px(1) - px(0), fill: "none", ...LINE }));
    for (let k = Math.max(1, step - 8); k < step; k++)
      nodes.push(outline(run.all[k], place, { class: "arrow faint" }));
    const [x, y] = startOf(angle), r = (box.bottom - box.top) / 2 - 8;
    const at = { cx: px(0) + r * x, cy: py(0) - r * y, class: "grab", "data-grab": "angle" };
    return [...nodes, line(px(0), py(0), at.cx, at.cy, { class: "zero" }), ...shape(run.all[step], place),
      ...trail(place, step), draw("circle", { ...at, r: 7, fill: "var(--black)" }),
      draw("circle", { ...at, r: 20, fill: "transparent" })];
  }

  // A line through the origin as far as the picture goes: an eigenvector.
  function through([x, y], box) {
    const [cx, cy] = centre, r = Math.min((box.right - cx) / Math.abs(x), (cy - box.top) / Math.abs(y));
    return line(cx - r * x, cy + r * y, cx + r * x, cy - r * y, DASHED);
  }

  const outline = (A, place, look) =>
    path([...Array(97).keys()].map((k) => place(apply(A, startOf(k * 3.75)))), look);

  // The image of the unit circle with its two axes.
  function shape(A, place) {
    const { long, short, angle } = ellipse(A), turn = [Math.cos(angle), Math.sin(angle)];
    const axis = (r, [x, y]) => line(...place([-r * x, -r * y]), ...place([r * x, r * y]), LINE);
    const ink = "var(--orchid)", look = { class: "line", style: `fill: ${ink}`, "fill-opacity": 0.15, stroke: ink };
    return [outline(A, place, look), axis(long, turn), axis(short, [-turn[1], turn[0]])];
  }

  function trail(place, step) {
    const places = run.path.slice(0, step + 1).map(place);
    const disc = ([cx, cy], k) => draw("circle", { cx, cy, r: k === step ? 5.5 : 3, fill: "var(--orchid)",
      stroke: k === step ? "var(--black)" : "none" });
    return [path(places, { class: "arrow", style: "stroke: var(--orchid)" }), ...places.map(disc)];
  }

  function chart(box, step) {
    const { nodes, px, py } = axes(box, {
      x: [0, LAST], y: [LOWEST, HIGHEST], log: true, xLabel: "step k", yLabel: "norm of the k-th power of A" });
    const logs = (values) => values.map((v) => Math.log10(v));
    const of = (rule) => logs([...Array(LAST + 1).keys()].map(rule));
    const curves = [
      [of((k) => run.sigma ** k), power("σ", "k"), { stroke: "var(--black)", "stroke-dasharray": "2 4" }],
      [of((k) => run.radius ** k), power("ρ", "k"), { stroke: "var(--black)", "stroke-dasharray": "8 5" }],
      [logs(run.lengths), "start", { stroke: "var(--orchid)", "stroke-dasharray": "4 3" }],
      [logs(run.norms), "norm", { stroke: "var(--orchid)" }]];
    nodes.push(line(px(step), box.top, px(step), box.bottom, { class: "zero" }));
    const ends = [];
    for (const [values, words, look] of curves) {
      const inside = values.map((v) => (v >= LOWEST && v <= HIGHEST ? v : NaN));
      const last = inside.findLastIndex((v) => Number.isFinite(v));
      nodes.push(path(inside.map((v, k) => [px(k), py(v)]), { class: "line", ...look }));
      if (last >= 0) ends.push({ x: px(last) + 6, y: py(inside[last]), words });
    }
    const now = Math.log10(run.norms[step]);
    if (now >= LOWEST && now <= HIGHEST)
      nodes.push(draw("circle", { cx: px(step), cy: py(now), r: 5, fill: "var(--orchid)" }));
    return nodes.concat(lineEnds(ends, box.top + 8, box.bottom));
  }

  view.refresh();
  return view.close;
}

export default { render };
