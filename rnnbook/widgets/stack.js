// ---- Layers and steps: the twin of stack.py ----------------------------------------

const T = 8, HALVES = ["forward", "backward"];

const halvesOf = (kind) => (kind === "both" ? [0, 1] : [0]);
const nameOf = ([layer, half, t]) => `${layer} ${half} ${t}`;

// The cells in an order in which each comes after those that it reads.
function order(L, kind) {
  const steps = Array.from({ length: T }, (_, t) => t);
  return Array.from({ length: L }, (_, layer) => halvesOf(kind).flatMap((half) =>
    (half ? [...steps].reverse() : steps).map((t) => [layer, half, t]))).flat();
}

function sources([layer, half, t], kind) {
  const before = half ? t + 1 : t - 1;
  const found = before >= 0 && before < T ? [[layer, half, before]] : [];
  for (let k = kind === "residual" ? 0 : Math.max(0, layer - 1); k < layer; k++)
    for (const h of halvesOf(kind)) found.push([k, h, t]);
  return found;
}

// For each cell: {input step: [fewest, most]} cells on a way from it, this one counted.
function analyse(L, kind) {
  const ways = {};
  for (const node of order(L, kind)) {
    const mine = node[0] === 0 || kind === "residual" ? { [node[2]]: [1, 1] } : {};
    for (const source of sources(node, kind))
      for (const [s, [few, many]] of Object.entries(ways[nameOf(source)])) {
        const old = mine[s] ?? [few + 1, many + 1];
        mine[s] = [Math.min(old[0], few + 1), Math.max(old[1], many + 1)];
      }
    ways[nameOf(node)] = mine;
  }
  return ways;
}

const tickOf = (found) => Math.max(...Object.values(found).map(([, many]) => many));

// The cells that depend on a cell, itself included.
function reached(L, kind, node) {
  const found = new Set([nameOf(node)]);
  for (const other of order(L, kind))
    if (sources(other, kind).some((source) => found.has(nameOf(source)))) found.add(nameOf(other));
  return found;
}

function outputs(L, kind, node) {
  const found = reached(L, kind, node), top = kind === "residual" ? 0 : L - 1;
  const steps = order(L, kind).filter((n) => n[0] >= top && found.has(nameOf(n))).map((n) => n[2]);
  return [...new Set(steps)].sort((a, b) => a - b);
}

// The cells that a cell depends on, itself left out.
function ancestors(node, kind) {
  const found = new Set(), open = [node];
  while (open.length)
    for (const source of sources(open.pop(), kind))
      if (!found.has(nameOf(source))) { found.add(nameOf(source)); open.push(source); }
  return found;
}

function spanOf(steps) {
  const first = Math.min(...steps) + 1, last = Math.max(...steps) + 1;
  return first === last ? String(first) : `${first} to ${last}`;
}

// ---- The view --------------------------------------------------------------------

function render({ model, el }) {
  const keys = ["kind", "L", "layer", "step", "half"];
  const of = (key) => model.get(key);
  const view = stage({
    model, el, keys, paint,
    name: "a stack of recurrent layers",
    first: "The number in a cell is the tick of a clock at which it can be computed. Three layers of eight "
      + "steps forwards are done at tick 10. Guess the last tick of the same stack in both directions, then "
      + "choose “both directions”.",
  });
  const layerNow = () => Math.min(of("layer"), of("L"));
  choice(view, { key: "kind", label: "Layers", options: [["forward", "forwards"],
    ["residual", "forwards, residual"], ["both", "both directions"]] });
  slider(view, { key: "L", label: "Number of layers, L", min: 1, max: 4, step: 1, read: String });
  const layers = slider(view, { key: "layer", label: "Picked: layer", min: 1, max: 4, step: 1,
    read: () => `${layerNow()} of ${of("L")}` });
  slider(view, { key: "step", label: "Picked: step", min: 1, max: T, step: 1, read: (v) => `${v} of ${T}` });
  const half = choice(view, { key: "half", label: "Picked: half of the layer",
    options: [["forward", "forward"], ["backward", "backward"]] });
  view.controlled.push(() => {
    layers.max = of("L");
    layers.value = layerNow();
    half.disabled = of("kind") !== "both";
  });
  buttons(view, ["Reset", view.reset]);

  const picked = () => [layerNow() - 1, of("kind") === "both" ? HALVES.indexOf(of("half")) : 0, of("step") - 1];

  function paint(width) {
    const kind = of("kind"), L = of("L"), node = picked(), ways = analyse(L, kind);
    const mine = ways[nameOf(node)], seen = Object.keys(mine).map(Number), goes = outputs(L, kind, node);
    const away = (s) => Math.abs(s - node[2]);
    const far = seen.reduce((a, b) => (away(b) > away(a) ? b : a));
    const [fewest, most] = mine[far], all = Math.max(...Object.values(ways).map(tickOf));
    const first = halvesOf(kind).flatMap((h) => Object.keys(ways[nameOf([L - 1, h, 0])]).map(Number));
    const several = (word, steps) => (new Set(steps).size === 1 ? `${word} ` : `${word}s `);
    say(view, [`The picked cell has read ${several("input", seen)}`, named("inputs", spanOf(seen)),
      ` and reaches ${several("output", goes)}`, named("outputs", spanOf(goes)), ". It can be computed at tick ", named("tick", String(tickOf(mine))), "."],
    ["A way to it from input ", named("far", String(far + 1)), " leads through ",
      named("fewest", String(fewest)), " cells at the least and ", named("most", String(most)), " at the most."],
    ["The whole stack takes ", named("all", String(all)), " ticks, however many processors there are. The "
      + `first output has to wait for ${several("input", first)}`, named("first", spanOf(first)), "."]);
    const spoken = `Inputs ${spanOf(seen)}, outputs ${spanOf(goes)}. The whole stack takes ${all} ticks.`;
    return { ...picture(width, kind, L, node, ways, seen, goes), spoken };
  }

  function picture(width, kind, L, node, ways, seen, goes) {
    const halves = halvesOf(kind).length, left = 58, column = (width - left - 4) / T, row = 30, gap = 20;
    const band = halves * row, top = 40, low = top + L * (band + gap) + 4;
    const at = { left, column, row, gap, band, top, low, width, px: (t) => left + (t + 0.5) * column,
      bandTop: (layer) => top + (L - 1 - layer) * (band + gap) + gap / 2,
      py: ([layer, h]) => at.bandTop(layer) + (halves - 1 - h) * row + row / 2 };
    return { height: low + 34, nodes: [...ends(at, seen, goes), ...links(at, kind, L, node),
      ...boxes(at, kind, L, node, ways)] };
  }

  // The outputs above and the inputs below; those of the picked cell are filled.
  function ends({ px, column, low, left }, seen, goes) {
    const tile = (steps, t, y, letter) => {
      const on = steps.includes(t), half = Math.min(16, column / 2 - 1);
      return [draw("rect", { x: px(t) - half, y: y - 13, width: 2 * half, height: 26, rx: 4,
        fill: on ? "var(--black)" : "none", "fill-opacity": 0.18, stroke: "currentColor",
        "stroke-opacity": on ? 0.9 : 0.25 }),
      text(px(t), y + 4, [draw("tspan", { "font-style": "italic" }, letter),
        draw("tspan", { dy: 3, "font-size": 12 }, String(t + 1))],
      { "text-anchor": "middle", class: on ? "" : "soft", ...(on ? { "font-weight": 700 } : {}) })];
    };
    return [text(0, 20, "outputs"), text(0, low + 20, "inputs"),
      ...Array.from({ length: T }, (_, t) => [...tile(goes, t, 16, "y"), ...tile(seen, t, low + 16, "x")]).flat()];
  }

  function links(at, kind, L, node) {
    const { px, py, column, low, band, bandTop } = at, known = ancestors(node, kind).add(nameOf(node));
    const way = (d, on, ink) => draw("path", { d, fill: "none", stroke: `var(--${ink})`,
      "stroke-width": on ? 2.2 : 1, "stroke-opacity": on ? 1 : 0.3 });
    const half = Math.min(15, column / 2 - 3), nodes = [];
    for (const cell of order(L, kind)) {
      const [layer, h, t] = cell, y = py(cell), on = known.has(nameOf(cell)), sign = h ? 1 : -1;
      const inTime = sources(cell, kind).some(([k, , s]) => k === layer && s !== t);
      if (inTime) nodes.push(way(`M${px(t + sign) - sign * half},${y}L${px(t) + sign * half},${y}`
        + `m${3 * sign},-3l${-3 * sign},3l${3 * sign},3`, on, h ? "vermilion" : "blue"));
      const floor = layer ? bandTop(layer - 1) : low + 3;
      if (!h) nodes.push(way(`M${px(t)},${floor}L${px(t)},${bandTop(layer) + band}m-3,4l3,-4l3,4`,
        on || known.has(nameOf([layer, 1, t])), "black"));
      if (layer === L - 1 && !h) nodes.push(way(`M${px(t)},${bandTop(layer)}L${px(t)},30`, false, "black"));
      if (kind === "residual") nodes.push(way(`M${px(t)},${bandTop(layer) + band + 9}`
        + `q${half + 6},-3 ${half + 6},${-9 - band / 2}t${-half - 6},${-9 - band / 2}`, false, "black"));
    }
    return nodes;
  }

  function boxes({ px, py, column, row, left, band, bandTop }, kind, L, node, ways) {
    const known = ancestors(node, kind), later = reached(L, kind, node), half = Math.min(15, column / 2 - 3);
    const nodes = [];
    for (let layer = 0; layer < L; layer++)
      nodes.push(text(0, bandTop(layer) + band / 2 + 4, `layer ${layer + 1}`));
    for (const cell of order(L, kind)) {
      const [layer, h, t] = cell, name = nameOf(cell), mine = name === nameOf(node), ink = h ? "vermilion" : "blue";
      const look = mine ? { "fill-opacity": 0.55, "stroke-width": 3 } : known.has(name)
        ? { "fill-opacity": 0.28, "stroke-width": 1.4 } : { "fill-opacity": 0, "stroke-opacity": 0.6 };
      const box = { x: px(t) - half, y: py(cell) - row / 2 + 3, width: 2 * half, height: row - 6, rx: 4 };
      const shape = draw("rect", { ...box, fill: `var(--${ink})`, stroke: `var(--${ink})`, ...look,
        ...(later.has(name) && !mine ? { "stroke-dasharray": "3 2", "stroke-width": 2, "stroke-opacity": 1 } : {}),
        "pointer-events": "all", style: "cursor: pointer" });
      shape.addEventListener("pointerdown", () => view.put({ layer: layer + 1, step: t + 1, half: HALVES[h] }));
      nodes.push(shape, text(px(t), py(cell) + 4.5, String(tickOf(ways[name])),
        { "text-anchor": "middle", "pointer-events": "none", ...(mine ? { "font-weight": 700 } : {}) }));
    }
    return nodes;
  }

  view.refresh();
  return view.close;
}

export default { render };
