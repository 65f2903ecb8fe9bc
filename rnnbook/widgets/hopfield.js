
// ---- A Hopfield network: the twin of hopfield.py ---------------------------------

const SIDE = 8, N = 64, MOST = 10, LIMIT = 0.138;
const LETTERS = {
  distinct: {
    A: "183c66667e666666", L: "c0c0c0c0c0c0ffff", X: "c3663c18183c66c3", H: "c3c3c3ffffc3c3c3",
    J: "0303030303c3ff7e", Z: "ffff060c1830ffff", T: "ffff181818181818", S: "7fc0c07e030303fe",
    O: "3c66c3c3c3c3663c", E: "ffc0c0fcfcc0c0ff",
  },
  similar: {
    O: "3c7ec3c3c3c37e3c", C: "3c7ec3c0c0c37e3c", G: "3c7ec0c0cfc37e3c", Q: "3c7ec3c3dbcf7e3d",
    D: "fcfec3c3c3c3fefc", U: "c3c3c3c3c3c37e3c", B: "fcfec3fcfcc3fefc", S: "3c7ec07c3e037e3c",
    P: "fcfec3c3fefcc0c0", R: "fcfec3c3fefccec7",
  },
};

const pixels = (code) => [...code].flatMap((digit) =>
  [8, 4, 2, 1].map((bit) => (parseInt(digit, 16) & bit ? 1 : -1)));
const inner = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);

function patterns(kind, stored) {
  if (kind !== "random") return Object.values(LETTERS[kind]).slice(0, stored).map(pixels);
  const draw = uniforms(1);
  return Array.from({ length: MOST }, () => Array.from({ length: N }, () => (draw() < 0.5 ? 1 : -1)))
    .slice(0, stored);
}

function shuffled(draw) {
  const order = Array.from({ length: N }, (_, i) => i);
  for (let i = N - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function probe(kind, cue, wrong, drawn, seed) {
  const s = cue ? patterns(kind, cue)[cue - 1] : Array(N).fill(-1);
  for (const i of shuffled(uniforms(2 * seed + 1)).slice(0, wrong)) s[i] = -s[i];
  return pixels(drawn).map((bit, i) => (bit > 0 ? -s[i] : s[i]));
}

const energy = (X, s) =>
  -(X.reduce((sum, x) => sum + inner(x, s) ** 2, 0) - X.length * N) / (2 * N);

// What the others tell unit i: Hebb's sum without the weight from i to itself, times N.
const told = (X, s, i) => X.reduce((sum, x) => sum + x[i] * inner(x, s), 0) - X.length * s[i];

function recall(X, start, seed) {
  const s = [...start], flips = [], energies = [energy(X, start)], draw = uniforms(2 * seed + 2);
  for (let settled = false; !settled;) {
    settled = true;
    for (const i of shuffled(draw)) {
      if (s[i] * told(X, s, i) >= 0) continue;
      s[i] = -s[i];
      flips.push(i);
      energies.push(energy(X, s));
      settled = false;
    }
  }
  return { flips, energies };
}

function turned(start, flips) {
  const s = [...start];
  for (const i of flips) s[i] = -s[i];
  return s;
}

const staying = (X) => X.map((x) => x.every((v, i) => v * told(X, x, i) >= 0));

function likeness(X) {
  if (X.length < 2) return 0;
  const all = X.flatMap((a, i) => X.flatMap((b, j) => (i === j ? [] : Math.abs(inner(a, b)) / N)));
  return all.reduce((sum, v) => sum + v, 0) / all.length;
}

const called = (kind, number) =>
  (kind === "random" ? `no. ${number}` : Object.keys(LETTERS[kind])[number - 1]);

const closest = (overlaps) =>
  overlaps.reduce((best, m, k) => (Math.abs(m) > Math.abs(overlaps[best]) ? k : best), 0);

function outcome(kind, cue, X, end) {
  const overlaps = X.map((x) => inner(x, end)), k = closest(overlaps), name = called(kind, k + 1);
  if (overlaps[k] === N)
    return `the stored picture ${name}${!cue ? "" : cue === k + 1 ? ", as asked" : ", a wrong memory"}`;
  if (overlaps[k] === -N) return `the negative of ${name}`;
  const vote = end.every((v, i) => v === Math.sign(X.reduce((sum, x) => sum + x[i], 0)));
  return vote ? "the majority vote of all stored pictures" : "a mixture that nobody stored";
}

// ---- The view --------------------------------------------------------------------

const END = { "text-anchor": "end" }, MIDDLE = { "text-anchor": "middle" };
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function render({ model, el }) {
  const keys = ["kind", "stored", "cue", "wrong", "drawn", "seed", "step"];
  const get = (key) => model.get(key);
  const view = stage({
    model, el, keys, paint,
    name: "recall in a Hopfield network",
    first: "Press “Play”: the network is asked for a G with a few wrong pixels. The energy only falls, "
      + "and another letter comes back. Then store distinct letters and play again, or draw on the probe.",
  });
  let kept = { key: null };
  let pen = { row: 2, column: 2, at: null, shown: false };
  choice(view, { key: "kind", label: "Stored pictures", options: [
    ["similar", "similar letters"], ["distinct", "distinct letters"], ["random", "random pixels"]] });
  slider(view, { key: "stored", label: "How many stored", min: 1, max: MOST, step: 1, read: String });
  slider(view, { key: "cue", label: "Asked for", min: 0, max: MOST, step: 1, read: asked });
  slider(view, { key: "wrong", label: "Wrong pixels", min: 0, max: N, step: 1, ink: "blue",
    read: (v) => `${v} of ${N}` });
  player(view, { key: "step", max: () => run().flips.length, ms: 250, next: "Next flip" });
  const penButton = buttons(view, ["", () => flip(pen.row * SIDE + pen.column)],
    ["Other wrong pixels", () => view.put({ seed: (get("seed") + 1) % 10000, step: 0 })],
    ["Reset", view.reset]).firstChild;
  keyboard();
  dragging(view, begin);

  function asked(cue) {
    return cue ? called(get("kind"), cue) + (cue > get("stored") ? " (not stored)" : "") : "nothing";
  }

  function run() {
    const now = ["kind", "stored", "cue", "wrong", "drawn", "seed"].map(get), key = now.join(" ");
    if (kept.key === key) return kept;
    const [kind, stored, cue, wrong, drawn, seed] = now, X = patterns(kind, stored);
    const start = probe(kind, cue, wrong, drawn, seed);
    kept = { key, X, start, stay: staying(X), like: likeness(X), ...recall(X, start, seed) };
    kept.end = turned(start, kept.flips);
    return kept;
  }

  function flip(i) {
    const digits = [...get("drawn")];
    digits[i >> 2] = (parseInt(digits[i >> 2], 16) ^ (8 >> (i & 3))).toString(16);
    view.put({ drawn: digits.join(""), step: 0 });
  }

  // A stroke gives all its pixels the value that the first one takes.
  function begin(point) {
    const hit = ({ x, y }) => {
      const [row, column] = [y - pen.at.y, x - pen.at.x].map((v) => Math.floor(v / pen.at.cell));
      return row >= 0 && row < SIDE && column >= 0 && column < SIDE ? row * SIDE + column : null;
    };
    const first = hit(point);
    if (first === null) return null;
    flip(first);
    const ink = run().start[first];
    return (next) => {
      const i = hit(next);
      if (i !== null && run().start[i] !== ink) flip(i);
    };
  }

  // The arrow keys move the pen while its button has the focus; space and Enter press it.
  function keyboard() {
    penButton.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      pen.row = (pen.row + by[0] + SIDE) % SIDE;
      pen.column = (pen.column + by[1] + SIDE) % SIDE;
      view.refresh();
    });
    for (const [event, on] of [["focus", true], ["blur", false]])
      penButton.addEventListener(event, () => { pen.shown = on; view.refresh(); });
    view.controlled.push(() => {
      penButton.textContent = `Flip pixel ${pen.row + 1}, ${pen.column + 1} (arrow keys move)`;
    });
  }

  function paint(width) {
    const { X, start, flips, energies, end, stay, like } = run(), kind = get("kind");
    const step = Math.min(get("step"), flips.length), now = turned(start, flips.slice(0, step));
    const overlaps = X.map((x) => inner(x, now)), k = closest(overlaps), name = called(kind, k + 1);
    const result = outcome(kind, get("cue"), X, end), at = fixed(energies[step]), m = fixed(overlaps[k] / N);
    say(view,
      ["After ", named("flips", `${step} of ${flips.length}`), " flips the energy is ",
        named("energy", at), "; the nearest stored picture is ", named("nearest", name), ", overlap ",
        named("overlap", m), ". Recall ends at ", named("outcome", result), "."],
      memoryWords(X, like, stay.filter(Boolean).length),
      [`Theory puts the limit near ${LIMIT} per unit, here `, named("limit", fixed(LIMIT * N, 1)),
        " pictures, for many units and random pixels. It promises nothing for pictures that resemble each "
          + "other."]);
    const spoken = `${step} of ${flips.length} flips, energy ${at}, nearest ${name}. `
      + `Recall ends at ${result}.`;
    return { ...picture(width, now, step, overlaps, k), spoken };
  }

  function memoryWords(X, like, staying) {
    const P = X.length, load = named("load", fixed(P / N, 3)), stay = named("staying", String(staying));
    const alike = P > 1 ? ["; two of them overlap by ", named("likeness", fixed(like)), " on average"] : [];
    return [`${P} ${P > 1 ? "pictures" : "picture"} in ${N} units: a load of `, load, " pictures per unit",
      ...alike, ". Started from a stored picture, recall leaves ", stay, ` of the ${P} as `,
      P > 1 ? "they are" : "it is", staying < P ? " (✗: not this one)." : "."];
  }

  function picture(width, now, step, overlaps, k) {
    const wide = width >= 560, cell = wide ? 21 : Math.floor((width - 20) / (2 * SIDE)), size = cell * SIDE;
    const { pitch, dot, zero } = stored(width), top = zero + 54, second = wide ? size + 28 : width - size;
    const { start, flips } = run(), last = step ? flips[step - 1] : null;
    const chart = wide ? { x: 2 * size + 56, y: top, width: width - 2 * size - 56, height: size }
      : { x: 0, y: top + size + 34, width, height: 120 };
    pen.at = { x: 0, y: top, cell };
    const nodes = [...memory(width, { pitch, dot, zero }, overlaps, k),
      text(0, top - 9, wide ? "probe: draw here" : "draw here"), ...grid(start, 0, top, cell, "black", true),
      text(second, top - 9, step === flips.length ? "recalled" : `after ${step} flips`),
      ...grid(now, second, top, cell, "blue"), ...fall(chart, step)];
    const frame = (x, y, look) => draw("rect", { x, y, width: cell, height: cell, fill: "none", ...look });
    if (last !== null) nodes.push(frame(second + (last % SIDE) * cell, top + Math.floor(last / SIDE) * cell,
      { stroke: "var(--black)", "stroke-width": 3 }));
    if (pen.shown) nodes.push(frame(pen.column * cell, top + pen.row * cell,
      { stroke: "var(--blue)", "stroke-width": 3 }));
    return { height: chart.y + chart.height + 42, nodes };
  }

  // A small picture as one shape.
  function print(s, x, y, cell) {
    const d = s.map((v, i) => (v < 0 ? ""
      : `M${x + (i % SIDE) * cell},${y + Math.floor(i / SIDE) * cell}h${cell}v${cell}h${-cell}z`)).join("");
    return draw("path", { d, fill: "var(--black)" });
  }

  function grid(s, x, y, cell, ink, grab = false) {
    return s.map((v, i) => draw("rect", {
      x: x + (i % SIDE) * cell + 0.5, y: y + Math.floor(i / SIDE) * cell + 0.5, width: cell - 1,
      height: cell - 1, fill: v > 0 ? `var(--${ink})` : "transparent", stroke: "currentColor",
      "stroke-opacity": 0.25, class: grab ? "grab" : "" }));
  }

  function stored(width) {
    const pitch = Math.min(58, width / MOST), dot = Math.min(5, Math.floor((pitch - 5) / SIDE));
    return { pitch, dot, zero: dot * SIDE + 50 };
  }

  // The stored pictures with a bar of their overlap with the present state below each.
  function memory(width, { pitch, dot, zero }, overlaps, k) {
    const { X, stay } = run(), size = dot * SIDE, left = 2;
    const nodes = [text(0, 13, width >= 560
      ? "stored pictures (dashed: asked for) and their overlap with the state"
      : "stored (dashed: asked for), overlap")];
    X.forEach((x, i) => {
      const at = left + i * pitch, high = (Math.abs(overlaps[i]) / N) * 14, asked = get("cue") === i + 1;
      nodes.push(print(x, at, 26, dot));
      if (asked) nodes.push(draw("rect", { x: at - 2, y: 24, width: size + 4, height: size + 4, fill: "none",
        stroke: "var(--black)", "stroke-width": 1.5, "stroke-dasharray": "4 3" }));
      nodes.push(line(at, zero, at + size, zero, { class: "zero" }), draw("rect", {
        x: at + 2, y: overlaps[i] > 0 ? zero - high : zero, width: size - 4, height: Math.max(high, 0.5),
        fill: "var(--blue)", class: i === k ? "" : "soft" }));
      if (!stay[i]) nodes.push(text(at + size / 2, zero + 27, "✗", MIDDLE));
    });
    return nodes;
  }

  function fall({ x, y, width, height }, step) {
    const { energies } = run(), last = Math.max(1, energies.length - 1);
    const low = Math.min(...energies), high = Math.max(...energies);
    const margin = Math.max(1, (high - low) * 0.08);
    const box = { left: 46, top: 0, right: width - 8, bottom: height };
    const { nodes, px, py } = axes(box, {
      x: [0, last], y: [low - margin, high + margin], xLabel: "flips", yLabel: "", xMost: 5, yMost: 4 });
    const points = energies.map((v, n) => [px(n), py(v)]);
    nodes.push(text(0, -9, "energy"), 
      path(points, { class: "line faint", stroke: "var(--blue)", "data-name": "energy-line" }),
      path(points.slice(0, step + 1), { class: "line", stroke: "var(--blue)" }),
      draw("circle", { cx: points[step][0], cy: points[step][1], r: 4.5, fill: "var(--blue)" }));
    return [draw("g", { transform: `translate(${x},${y})` }, ...nodes)];
  }

  view.refresh();
  return view.close;
}

export default { render };
