// ---- The state plane of two units: the twin of state_plane.py --------------------

const GRID = 9, MOST = 60, SAME = 1e-3, BORDER = 1e-6, LONG = 1000, LONGEST = 60;

// The settings as gain * W and the bias.
const network = ({ w11, w12, w21, w22, gain, bias }) =>
  ({ a: gain * w11, b: gain * w12, c: gain * w21, d: gain * w22, bias });

const nextState = (net, [x, y]) =>
  [tanh(net.a * x + net.b * y + net.bias), tanh(net.c * x + net.d * y + net.bias)];

function stateAfter(net, state, steps) {
  for (let t = 0; t < steps; t++) state = nextState(net, state);
  return state;
}

// Newton's method on step(h) - h; null where it does not arrive.
function newton(net, [x, y]) {
  for (let step = 0; step < MOST; step++) {
    const [p, q] = nextState(net, [x, y]), gapX = p - x, gapY = q - y;
    if (Math.abs(gapX) + Math.abs(gapY) < 1e-13) return [x, y];
    const s = 1 - p * p, r = 1 - q * q;
    const a = s * net.a - 1, b = s * net.b, c = r * net.c, d = r * net.d - 1, det = a * d - b * c;
    if (det === 0) return null;
    const moveX = (b * gapY - d * gapX) / det, moveY = (c * gapX - a * gapY) / det;
    const short = Math.min(1, 0.5 / Math.sqrt(moveX * moveX + moveY * moveY));
    x += short * moveX;
    y += short * moveY;
  }
  return null;
}

// Eigenvalues [[real, imaginary], ...] of (a b; c d), the larger modulus first.
function eigenvalues(a, b, c, d) {
  const half = (a + d) / 2, square = half * half - (a * d - b * c), root = Math.sqrt(Math.abs(square));
  if (square < 0) return [[half, root], [half, -root]];
  const sign = half < 0 ? -1 : 1;
  return [[half + sign * root, 0], [half - sign * root, 0]];
}

const modulus = ([x, y]) => Math.sqrt(x * x + y * y);

function kindOf(moduli) {
  if (moduli.some((m) => Math.abs(m - 1) < BORDER)) return "borderline";
  return moduli[0] < 1 ? "stable" : moduli[1] > 1 ? "unstable" : "saddle";
}

function fixedPoint(net, [x, y]) {
  const [p, q] = nextState(net, [x, y]), s = 1 - p * p, r = 1 - q * q;
  const values = eigenvalues(s * net.a, s * net.b, r * net.c, r * net.d);
  return { x, y, values, moduli: values.map(modulus), kind: kindOf(values.map(modulus)) };
}

function fixedPoints(net) {
  const starts = [[0, 0]], found = [];
  for (let i = 0; i < GRID; i++)
    for (let j = 0; j < GRID; j++) starts.push([(2 * i) / (GRID - 1) - 1, (2 * j) / (GRID - 1) - 1]);
  for (const start of starts) {
    const at = newton(net, start);
    if (at && found.every(([x, y]) => Math.abs(at[0] - x) + Math.abs(at[1] - y) > SAME)) found.push(at);
  }
  found.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  return found.map((at) => fixedPoint(net, at));
}

// Where W has rank 1, the curve that every state is on after one step; else nothing.
function imageCurve(net) {
  const { a, b, c, d } = net, [x, y] = a || b ? [a, b] : [c, d], size = x * x + y * y;
  if (!size || Math.abs(a * d - b * c) > 1e-9) return [];
  const most = (1.2 * (Math.abs(x) + Math.abs(y))) / size;
  return Array.from({ length: 81 }, (_, k) => ((k - 40) / 40) * most)
    .map((t) => nextState(net, [t * x, t * y]));
}

// Where a start ends: {end, steps until it stays there} or {end, period, ring}.
function fate(net, start) {
  const path = [start];
  for (let t = 0; t < LONG; t++) path.push(nextState(net, path[t]));
  const end = path[LONG];
  const away = ([x, y]) => Math.abs(x - end[0]) + Math.abs(y - end[1]);
  if (away(path[LONG - 1]) < 1e-4) return { end, steps: path.findLastIndex((h) => away(h) >= 0.01) + 1 };
  let period = 2;
  while (period < LONGEST && away(path[LONG - period]) >= 1e-6) period++;
  const loop = path.slice(LONG / 2), far = loop.map(modulus);
  return { end, loop, period: period < LONGEST ? period : 0, ring: [Math.min(...far), Math.max(...far)] };
}

const KINDS = ["stable", "saddle", "unstable", "borderline"];
const pair = ([x, y]) => `(${fixed(x)}, ${fixed(y)})`;

function pointsSaid(points) {
  const said = (p) => `${p.kind} ${pair([p.x, p.y])} with ${fixed(p.moduli[0])} and ${fixed(p.moduli[1])}`;
  return points.map(said).join("; ");
}

function fateSaid({ end, steps, period, ring }) {
  if (steps !== undefined) return `comes to rest at ${pair(end)}, closer than 0.01 from step ${steps} on`;
  const where = `between ${fixed(ring[0])} and ${fixed(ring[1])} from the origin`;
  return period ? `never rests: it repeats itself every ${period} steps, ${where}`
    : `never rests and never blows up: it keeps moving, ${where}`;
}

// The gain at which the origin loses its stability, if there is no bias.
function criticalSaid({ w11, w12, w21, w22, bias }) {
  if (bias !== 0) return "with a bias the origin is no fixed point";
  const radius = modulus(eigenvalues(w11, w12, w21, w22)[0]);
  return radius < 1e-9 ? "the origin is stable at every gain"
    : `the origin is stable up to a gain of 1/ρ = ${fixed(1 / radius)}`;
}

// ---- The view --------------------------------------------------------------------

const WEIGHTS = ["w11", "w12", "w21", "w22"], EDGE = 1.2, WIDEST = 1.5, SHORT = 60;
const SYMMETRIC = { w11: 1, w12: 0.4, w21: 0.4, w22: 1 };
const ROTATION = { w11: 0.8, w12: -0.6, w21: 0.6, w22: 0.8 };

function marker(kind, x, y, r = 6) {
  const look = { stroke: "var(--black)", "stroke-width": 2, "data-name": `at-${kind}` };
  if (kind === "stable") return draw("circle", { cx: x, cy: y, r, fill: "var(--black)", ...look });
  if (kind === "unstable") return draw("circle", { cx: x, cy: y, r, fill: "none", ...look });
  const d = kind === "saddle" ? `M${x - r},${y - r}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}`
    : `M${x},${y - r}l${r},${r}l${-r},${r}l${-r},${-r}z`;
  return draw("path", { d, fill: "none", ...look });
}

// One path of small arrows: [from, to] in picture coordinates.
function arrowsPath(pairs) {
  return pairs.map(([[x, y], [p, q]]) => {
    const l = Math.hypot(p - x, q - y);
    if (l < 0.7) return "";
    const u = ((p - x) / l) * 4, v = ((q - y) / l) * 4, head = Math.min(1, l / 7);
    const wing = (s) => `M${p.toFixed(1)},${q.toFixed(1)}l${(head * (-u + s * v * 0.7)).toFixed(1)},`
      + `${(head * (-v - s * u * 0.7)).toFixed(1)}`;
    return `M${x.toFixed(1)},${y.toFixed(1)}L${p.toFixed(1)},${q.toFixed(1)}${wing(1)}${wing(-1)}`;
  }).join("");
}

// Many discs as one path of lines without length.
const dots = (places, r, look = "") => draw("path", {
  d: places.map(([x, y]) => `M${x.toFixed(1)},${y.toFixed(1)}h0`).join(""), class: look,
  fill: "none", stroke: "var(--blue)", "stroke-width": 2 * r, "stroke-linecap": "round",
});

// What is dragged, with room for a finger.
const handle = (cx, cy, name, ink) => [7, 20].map((r) => draw("circle", {
  cx, cy, r, fill: r === 7 ? `var(--${ink})` : "transparent", class: "grab", "data-grab": name }));

function render({ model, el }) {
  const keys = [...WEIGHTS, "gain", "bias", "start1", "start2", "kept"];
  const get = () => Object.fromEntries(keys.map((key) => [key, model.get(key)]));
  const at = {};
  let known = "", points = [];

  const view = stage({
    model, el, keys, paint,
    name: "the state plane of two units",
    first: "Move the gain from 0.5 to 2.5 and count the fixed points. Then press “Rotating W”: does "
      + "any state come to rest, and does any run away? "
      + "Tap the plane to start anywhere.",
  });
  slider(view, { key: "gain", label: "Gain", min: 0, max: 2.5, step: 0.05 });
  slider(view, { key: "bias", label: "Bias of both units", min: -1, max: 1, step: 0.05 });
  for (const [k, at] of ["₁₁", "₁₂", "₂₁", "₂₂"].entries())
    slider(view, { key: WEIGHTS[k], label: `Weight w${at}`, min: -WIDEST, max: WIDEST, step: 0.05 });
  for (const [key, unit] of [["start1", "₁"], ["start2", "₂"]])
    slider(view, { key, label: `Start h${unit}`, min: -1.2, max: 1.2, step: 0.01, ink: "blue" });
  const keep = () => [...model.get("kept"), model.get("start1"), model.get("start2")].slice(-10);
  buttons(view, ["Symmetric W", () => view.put(SYMMETRIC)], ["Rotating W", () => view.put(ROTATION)],
    ["Keep this start", () => view.put({ kept: keep() })], ["Clear kept", () => view.put({ kept: [] })],
    ["Reset", view.reset]);

  // The value at a place of the picture, on a scale, within its range and rounded.
  const value = (place, px, most, step) => {
    const v = Math.max(-most, Math.min(most, (place - px(0)) / (px(1) - px(0))));
    return Number((Math.round(v / step) * step).toFixed(2));
  };
  const on = (plane, { x, y }, ...how) => [value(x, plane.px, ...how), value(y, plane.py, ...how)];
  const startAt = (point) => {
    const [start1, start2] = on(at.plane, point, EDGE, 0.01);
    return { start1, start2 };
  };
  dragging(view, (_, target) => {
    const grabbed = target.dataset.grab;
    if (grabbed === "start") return (point) => view.put(startAt(point));
    if (grabbed) return (point) => {
      const [above, below] = on(at.weights, point, WIDEST, 0.05);
      view.put({ [`w1${grabbed}`]: above, [`w2${grabbed}`]: below });
    };
  });

  function paint(width) {
    const now = get(), net = network(now), start = [now.start1, now.start2];
    if (known !== JSON.stringify(net)) points = fixedPoints(net);
    known = JSON.stringify(net);
    const count = (kind) => points.filter((p) => p.kind === kind).length, end = fate(net, start);
    const counts = KINDS.filter((kind) => kind !== "borderline" || count(kind))
      .flatMap((kind, k) => [k ? ", " : "", named(kind, String(count(kind))), ` ${kind}`]);
    say(view,
      ["Fixed points: ", named("points", String(points.length)), ", of them ", ...counts, "."],
      ["The moduli of their eigenvalues: ", make("span", { "data-name": "moduli" }, pointsSaid(points)), "."],
      ["For this W, ", named("critical", criticalSaid(now)), "."],
      ["The start at ", named("start", pair(start)), " ", named("fate", fateSaid(end)), "."]);
    const spoken = `${points.length} fixed points, ${count("stable")} stable. The start ${fateSaid(end)}.`;
    return { ...picture(width, now, net, end), spoken };
  }

  function picture(width, now, net, end) {
    const wide = width >= 600, size = wide ? Math.min(470, width - 290) : Math.min(width - 52, 460);
    const box = { left: 44, top: 32, right: 44 + size, bottom: 32 + size };
    const small = wide ? (size - 44) / 2 : (width - 24) / 2;
    const x = wide ? width - small - 4 : 4, y = wide ? 32 : box.bottom + 100;
    const below = wide ? [x, box.bottom - small] : [x + small + 12, y];
    const nodes = [...planeNodes(box, now, net, end), ...weightNodes(x, y, small, now),
      ...eigenNodes(...below, small), ...legend(width < 340 ? 8 : 108, box.bottom + 58)];
    if (width >= 340) nodes.push(text(8, box.bottom + 58, "Fixed points:"));
    return { height: wide ? box.bottom + 70 : y + small + 8, nodes };
  }

  function legend(x, y) {
    const entry = (kind, left) => [marker(kind, left, y - 4, 5), text(left + 10, y, kind)];
    return KINDS.slice(0, 3).flatMap((kind, k) => entry(kind, x + k * 78));
  }

  function planeNodes(box, now, net, end) {
    const x = [-EDGE, EDGE], side = box.right - box.left, start = [now.start1, now.start2];
    const { nodes, px, py } = axes(box, { x, y: x, xLabel: "unit 1, h₁", yLabel: "unit 2, h₂" });
    const place = ([a, b]) => [px(a), py(b)], [cx, cy] = place(start);
    at.plane = { px, py };
    const tap = draw("rect", { x: box.left, y: box.top, width: side, height: side, fill: "transparent" });
    tap.addEventListener("click", (event) => {
      const frame = view.picture.getBoundingClientRect();
      view.put({ kept: keep(), ...startAt({ x: event.clientX - frame.left, y: event.clientY - frame.top }) });
    });
    nodes.push(draw("path", { d: arrowsPath(field(net, place)), class: "arrow soft" }));
    const image = imageCurve(net);
    if (image.length) nodes.push(path(image.map(place), { class: "line", stroke: "var(--black)",
      "stroke-dasharray": "2 4", "data-name": "image" }));
    nodes.push(tap);
    for (let k = 0; k < now.kept.length; k += 2)
      nodes.push(...trail(net, now.kept.slice(k, k + 2), place, "faint"));
    nodes.push(dots((end.loop || []).map(place), 1.2), ...trail(net, start, place, ""),
      ...points.map((p) => marker(p.kind, px(p.x), py(p.y))), ...handle(cx, cy, "start", "blue"));
    return nodes;
  }

  // Arrows towards the next state, shortened.
  function field(net, place) {
    const arrows = [];
    for (let i = -6; i <= 6; i++)
      for (let j = -6; j <= 6; j++) {
        const h = [i / 5.5, j / 5.5], next = nextState(net, h), d = [next[0] - h[0], next[1] - h[1]];
        const l = Math.hypot(...d), share = l ? Math.min(0.45 * l, 0.14) / l : 0;
        arrows.push([place(h), place([h[0] + share * d[0], h[1] + share * d[1]])]);
      }
    return arrows;
  }

  function trail(net, start, place, look) {
    const states = [start], [cx, cy] = place(start);
    for (let t = 0; t < SHORT; t++) states.push(nextState(net, states[t]));
    const places = states.map(place);
    return [path(places, { class: `arrow ${look}`, style: "stroke: var(--blue)" }),
      dots(places.slice(1), 2.6, look),
      draw("circle", { cx, cy, r: 5, fill: "none", stroke: "var(--blue)", class: look })];
  }

  // A small square plane with a title, from -reach to reach.
  function smallPlane(x, y, size, reach, title) {
    const px = scale(-reach, reach, x, x + size), py = scale(-reach, reach, y + size, y);
    const circle = { fill: "none", stroke: "var(--black)", "stroke-dasharray": "4 4" };
    const nodes = [text(x, y - 8, title),
      draw("rect", { x, y, width: size, height: size, fill: "none", class: "grid" }),
      line(x, py(0), x + size, py(0), { class: "zero" }), line(px(0), y, px(0), y + size, { class: "zero" }),
      draw("circle", { cx: px(0), cy: py(0), r: px(1) - px(0), ...circle })];
    return { nodes, px, py };
  }

  function weightNodes(x, y, size, now) {
    const reach = WIDEST * 1.12, { nodes, px, py } = smallPlane(x, y, size, reach, "columns of W (drag)");
    at.weights = { px, py };
    for (const column of [1, 2]) {
      const cx = px(now[`w1${column}`]), cy = py(now[`w2${column}`]), dash = column === 2 ? "6 4" : "";
      const look = { stroke: "var(--black)", "stroke-width": 2, "stroke-dasharray": dash };
      nodes.push(line(px(0), py(0), cx, cy, look), ...handle(cx, cy, column, "black"),
        text(cx + (cx > x + size - 24 ? -14 : 11), cy + (cy < y + 20 ? 16 : -8), String(column)));
    }
    return nodes;
  }

  function eigenNodes(x, y, size) {
    const most = Math.max(1.35, ...points.map((p) => p.moduli[0] * 1.08));
    const { nodes, px, py } = smallPlane(x, y, size, most, "eigenvalues at the fixed points");
    for (const p of points) for (const [re, im] of p.values) nodes.push(marker(p.kind, px(re), py(im), 4));
    return nodes;
  }

  view.refresh();
  return view.close;
}

export default { render };
