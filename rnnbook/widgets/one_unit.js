// ---- One unit and its fixed points: the twin of one_unit.py --------------------

const HALVINGS = 60, BORDER = 1e-6, LONG = 1000, SEEN = 30;
const OTHERS = [...Array(9).keys()].map((k) => k / 4 - 1);

const nextState = (w, b, h) => tanh(w * h + b);

// Between two turns of tanh(w h + b) - h a change of sign holds one fixed point.
function fixedPoints(w, b) {
  const turn = w > 1 ? Math.sqrt(1 - 1 / w) : 0;
  const turns = w > 1 ? [-turn, turn].map((t) => (Math.atanh(t) - b) / w) : [];
  const ends = [-1, ...turns.filter((t) => t > -1 && t < 1), 1], found = [];
  for (let k = 0; k + 1 < ends.length; k++) {
    let low = ends[k], high = ends[k + 1];
    const rises = nextState(w, b, high) >= high;
    if ((nextState(w, b, low) >= low) === rises) continue;
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2, gap = nextState(w, b, middle) - middle;
      if ((gap >= 0) === rises) high = middle;
      else low = middle;
    }
    found.push((low + high) / 2);
  }
  return found.map((h) => {
    const slope = w * (1 - nextState(w, b, h) ** 2);
    return { h, slope, kind: kindOf(slope) };
  });
}

function kindOf(slope) {
  if (Math.abs(Math.abs(slope) - 1) < BORDER) return "borderline";
  return Math.abs(slope) < 1 ? "stable" : "unstable";
}

function states(w, b, start, steps) {
  const path = [start];
  for (let t = 0; t < steps; t++) path.push(nextState(w, b, path[t]));
  return path;
}

function fateSaid(w, b, start) {
  const path = states(w, b, start, LONG), end = path[LONG], away = (h) => Math.abs(h - end);
  if (away(path[LONG - 1]) > 1e-4) {
    const [low, high] = path.slice(-2).sort((p, q) => p - q);
    return `never rests: it alternates between ${fixed(low)} and ${fixed(high)}`;
  }
  const since = path.findLastIndex((h) => away(h) >= 0.01) + 1;
  return since > 500 ? `creeps: after ${LONG} steps it is at ${fixed(end)} and still moving`
    : `comes to rest at ${fixed(end)}, closer than 0.01 from step ${since} on`;
}

const pointsSaid = (points) =>
  points.map(({ h, slope, kind }) => `${kind} ${fixed(h)} with slope ${fixed(slope)}`).join("; ");

// ---- The view --------------------------------------------------------------------

const EDGE = 1.05;

function render({ model, el }) {
  let px = null;
  const view = stage({
    model, el, keys: ["w", "b", "start"], paint,
    name: "one unit and its fixed points",
    first: "Move the weight from 1.5 down to 0.5: what becomes of the three fixed points, and where do all "
      + "starts end? Back at 1.5, raise the bias slowly and watch two of the points.",
  });
  slider(view, { key: "w", label: "Weight w", min: -3, max: 3, step: 0.05 });
  slider(view, { key: "b", label: "Bias b", min: -1, max: 1, step: 0.005, read: (v) => fixed(v, 3) });
  slider(view, { key: "start", label: "Start h₀", min: -1, max: 1, step: 0.01, ink: "blue" });
  buttons(view, ["Reset", view.reset]);
  dragging(view, (_, target) => target.dataset.grab && (({ x }) => {
    const h = Math.max(-1, Math.min(1, (x - px(0)) / (px(1) - px(0))));
    view.put({ start: Number(h.toFixed(2)) });
  }));

  function paint(width) {
    const [w, b, start] = ["w", "b", "start"].map((key) => model.get(key));
    const points = fixedPoints(w, b), end = fateSaid(w, b, start);
    say(view,
      ["Fixed points: ", named("points", String(points.length)), ": ", named("slopes", pointsSaid(points)), "."],
      ["A small distance from a fixed point is multiplied by its slope at every step."],
      ["The start at ", named("start", fixed(start)), " ", named("fate", end), "."]);
    const wide = width >= 600, side = wide ? Math.min(330, (width - 130) / 2) : Math.min(width - 60, 400);
    const web = { left: 44, top: 32, right: 44 + side, bottom: 32 + side };
    const top = wide ? 32 : web.bottom + 76, left = wide ? web.right + 64 : 44;
    const chart = { left, top, right: width - 12, bottom: top + (wide ? side : 180) };
    return {
      height: chart.bottom + 66, spoken: `${points.length} fixed points. The start ${end}.`,
      nodes: [...webNodes(web, w, b, start, points), ...chartNodes(chart, w, b, start, points),
        ...legend(8, chart.bottom + 60)],
    };
  }

  const mark = ({ kind }, cx, cy, r = 6) => draw("circle", { cx, cy, r, "data-name": `at-${kind}`,
    fill: kind === "stable" ? "var(--black)" : "none", stroke: "var(--black)", "stroke-width": 2 });

  function legend(x, y) {
    return [mark({ kind: "stable" }, x, y - 4, 5), text(x + 10, y, "stable"),
      mark({ kind: "unstable" }, x + 70, y - 4, 5), text(x + 80, y, "unstable")];
  }

  function webNodes(box, w, b, start, points) {
    const range = [-EDGE, EDGE], made = axes(box, {
      x: range, y: range, xLabel: "state h", yLabel: "next state, tanh(w h + b)" });
    const { nodes, py } = made;
    px = made.px;
    const curve = [...Array(81).keys()].map((k) => k / 40 - 1).map((h) => [px(h), py(nextState(w, b, h))]);
    const stairs = [[px(start), py(0)]], path_ = states(w, b, start, SEEN);
    for (let t = 0; t < SEEN; t++)
      stairs.push([px(path_[t]), py(path_[t + 1])], [px(path_[t + 1]), py(path_[t + 1])]);
    const handle = (r) => draw("circle", { cx: px(start), cy: py(0), r, class: "grab", "data-grab": "start",
      fill: r === 7 ? "var(--blue)" : "transparent" });
    return [...nodes, line(px(-1), py(-1), px(1), py(1), { class: "zero", "stroke-dasharray": "2 4" }),
      path(curve, { class: "line", stroke: "var(--black)" }),
      path(stairs, { class: "arrow", style: "stroke: var(--blue)", "data-name": "stairs" }),
      ...points.map((p) => mark(p, px(p.h), py(p.h))), handle(7), handle(20)];
  }

  function chartNodes(box, w, b, start, points) {
    const { nodes, px: at, py } = axes(box, {
      x: [0, SEEN], y: [-EDGE, EDGE], xLabel: "time step", yLabel: "" });
    nodes.push(text(box.left - 44, box.top - 16, "state"));
    const trail = (from) => states(w, b, from, SEEN).map((h, t) => [at(t), py(h)]);
    for (const { h, kind } of points)
      nodes.push(line(box.left, py(h), box.right, py(h), {
        class: "zero", "stroke-dasharray": kind === "stable" ? "6 3" : "1 4" }));
    for (const other of OTHERS)
      nodes.push(path(trail(other), { class: "arrow faint", style: "stroke: var(--blue)" }));
    return [...nodes, path(trail(start), { class: "line", stroke: "var(--blue)" })];
  }

  view.refresh();
  return view.close;
}

export default { render };
