
// ---- Sequences in batches: the twin of batching.py ---------------------------------

const MEDIAN = 12, LONGEST = 48, MODES = ["padded", "packed", "bucketed"];

const sequenceLengths = (sequences, spread, seed) => Array.from(normals(sequences, seed),
  (z) => Math.min(Math.max(Math.floor(MEDIAN * Math.exp(spread * z) + 0.5), 1), LONGEST));

function makeBatches(lengths, size, mode) {
  const ordered = mode === "bucketed" ? [...lengths].sort((a, b) => a - b) : lengths, parts = [];
  for (let k = 0; k < ordered.length; k += size) parts.push(ordered.slice(k, k + size));
  return mode === "packed" ? parts.map((part) => part.sort((a, b) => b - a)) : parts;
}

const batchSizes = (batch) => Array.from({ length: Math.max(...batch) },
  (_, t) => batch.filter((length) => length > t).length);

const sum = (values) => values.reduce((a, b) => a + b, 0);

function cost(batches, mode) {
  const useful = sum(batches.map(sum));
  const padded = sum(batches.map((batch) => batch.length * Math.max(...batch)));
  return {
    useful,
    computed: mode === "packed" ? useful : padded,
    in_sequence: sum(batches.map((batch) => Math.max(...batch))),
  };
}

const perCent = (part, whole) => Math.floor((100 * part) / whole + 0.5);
const wasted = ({ useful, computed }) => perCent(computed - useful, computed);
const oneDigit = (x) => fixed(Math.floor(10 * x + 0.5) / 10, 1);

// ---- The view --------------------------------------------------------------------

function render({ model, el }) {
  const keys = ["mode", "spread", "sequences", "size", "batch", "mark", "seed"];
  const view = stage({
    model, el, keys, paint,
    name: "padding, packing and bucketing",
    first: "Hollow cells are padding, computed for nothing. Guess how much of it “bucketed” leaves, then "
      + "choose it. Then move the spread to 0.1 and to 1 with each of the three.",
  });
  const of = (key) => model.get(key);
  const lengths = () => sequenceLengths(of("sequences"), of("spread"), of("seed"));
  const batchesIn = (mode) => makeBatches(lengths(), of("size"), mode);
  const count = () => Math.ceil(of("sequences") / of("size"));
  const chosenNow = () => Math.min(of("batch"), count());

  choice(view, { key: "mode", label: "Batches are", options: [["padded", "padded, as they come"],
    ["packed", "packed, sorted within"], ["bucketed", "bucketed by length, padded within"]] });
  slider(view, { key: "spread", label: "Spread of the lengths", min: 0, max: 1, step: 0.05 });
  slider(view, { key: "sequences", label: "Sequences", min: 4, max: 32, step: 1, read: String });
  slider(view, { key: "size", label: "Sequences in a batch", min: 2, max: 8, step: 1, read: String });
  const which = slider(view, { key: "batch", label: "Look at batch", min: 1, max: 16, step: 1,
    read: () => `${chosenNow()} of ${count()}` });
  view.controlled.push(() => { which.max = count(); which.value = chosenNow(); });
  toggle(view, { key: "mark", label: "Mark the state that is read" });
  buttons(view, ["Other lengths", () => view.put({ seed: (of("seed") + 1) % 10000 })],
    ["Reset", view.reset]);

  function paint(width) {
    const mode = of("mode"), batches = batchesIn(mode), at = chosenNow();
    const costs = Object.fromEntries(MODES.map((m) => [m, cost(batchesIn(m), m)]));
    const found = costs[mode], chosen = batches[at - 1];
    say(view, sums(mode, found), savings(costs), price(mode, batches), sizesOf(mode, chosen, at),
      ...(of("mark") ? [reading(mode, chosen, at)] : []));
    const spoken = `${mode}: ${found.useful} useful steps of ${found.computed} computed, `
      + `${wasted(found)} % wasted; ${found.in_sequence} steps in sequence.`;
    return { ...picture(width, mode, batches, costs, at), spoken };
  }

  function sums(mode, found) {
    return [`${mode[0].toUpperCase()}${mode.slice(1)}: `, named("useful", String(found.useful)),
      " useful steps of ",
      named("computed", String(found.computed)), " computed, so ", named("wasted", `${wasted(found)} %`),
      " are wasted; ", named("in_sequence", String(found.in_sequence)),
        " steps must run one after the other."];
  }

  function savings({ padded, packed, bucketed }) {
    if (padded.computed === packed.computed) return ["All batches are full: there is nothing to save."];
    const share = perCent(padded.computed - bucketed.computed, padded.computed - packed.computed);
    return ["Bucketing saves ", named("share", `${share} %`),
      " of what packing saves. It alone shortens the wait, to ",
      named("bucketed_in_sequence", String(bucketed.in_sequence)),
      ` steps from ${padded.in_sequence}: packed, a batch still lasts as long as its longest sequence.`];
  }

  function price(mode, batches) {
    const means = batches.map((batch) => sum(batch) / batch.length);
    return ["The mean length of a batch runs from ", named("shortest_mean", oneDigit(Math.min(...means))),
      " to ", named("longest_mean", oneDigit(Math.max(...means))), ". ", mode === "bucketed"
        ? "That is the price: a batch is all short or all long, and so is what a step of training sees."
        : "Batches follow the order in which the sequences come."];
  }

  function sizesOf(mode, chosen, at) {
    return [mode === "packed" ? `Batch ${at} in torch’s PackedSequence has `
      : `Packed, batch ${at} would have `,
      "batch_sizes ", named("batch_sizes", batchSizes(chosen).join(" ")), "."];
  }

  function reading(mode, chosen, at) {
    const end = Math.max(...chosen), past = chosen.map((length) => end - length).filter((k) => k > 0);
    const missed = named("missed", `${past.length} of ${chosen.length}`);
    const where = mode === "packed" ? ", which pad_packed_sequence fills with zeros"
      : `, where the state has run on over padding for up to ${Math.max(0, ...past)} steps`;
    return [`In batch ${at}, output[:, -1] reads a padded step in `, missed, " sequences",
      past.length ? where : "", ". The last real step is where the length says: output[b, length − 1]."];
  }

  function picture(width, mode, batches, costs, at) {
    const left = 80, cell = Math.min(15, (width - left - 4) / Math.max(...batches.flat()));
    const row = Math.max(10, Math.min(12, cell)), nodes = bars(width, left, mode, costs);
    let y = 118;
    batches.forEach((batch, k) => {
      if (mode === "packed" && k === at - 1) {
        nodes.push(...sizesAbove(left, y + 10, cell, batchSizes(batch)));
        y += 15;
      }
      const here = k === at - 1, high = batch.length * row;
      const end = Math.max(...batch);
      nodes.push(...batch.flatMap((length, i) => cells(left, y + i * row, cell, row, length, end, mode)),
        text(left - 8, y + high / 2 + 4.5, `batch ${k + 1}`,
          { "text-anchor": "end", ...(here ? { "font-weight": 700 } : { class: "soft" }) }));
      if (here) nodes.push(line(left - 4, y, left - 4, y + high - 1,
        { stroke: "currentColor", "stroke-width": 3 }));
      const hit = draw("rect", { x: 0, y: y - 3, width, height: high + 6, fill: "transparent" });
      hit.addEventListener("pointerdown", () => view.put({ batch: k + 1 }));
      nodes.push(hit);
      y += high + 8;
    });
    const steps = Math.max(...batches.flat());
    for (const t of ticks(1, steps, Math.min(8, (width - left) / 45)).filter(Number.isInteger))
      nodes.push(text(left + (t - 0.5) * cell, y + 12, String(t), { "text-anchor": "middle" }));
    nodes.push(text(left - 8, y + 12, "step", { "text-anchor": "end" }));
    if (of("mark")) nodes.push(...key(left, y + 34, width));
    return { height: y + (of("mark") ? 46 : 20), nodes };
  }

  // batch_sizes over the columns; where these are narrow, only where the size changes.
  function sizesAbove(left, y, cell, sizes) {
    return sizes.flatMap((size, t) => (cell < 9 && size === sizes[t - 1] ? []
      : [text(left + (t + 0.5) * cell, y, String(size), { "text-anchor": "middle", "font-size": 12 })]));
  }

  // The three ways side by side: computed steps as bars, useful ones filled.
  function bars(width, left, mode, costs) {
    const px = scale(0, Math.max(...MODES.map((m) => costs[m].computed)), 0, width - left - 104);
    return MODES.flatMap((m, k) => {
      const y = 22 + k * 26, { useful, computed } = costs[m], here = m === mode;
      const hit = draw("rect", { x: 0, y: y - 3, width, height: 26, fill: "transparent" });
      hit.addEventListener("pointerdown", () => view.put({ mode: m }));
      return [text(left - 8, y + 14, m, { "text-anchor": "end", ...(here ? { "font-weight": 700 } : {}) }),
        draw("rect", { x: left, y, width: px(useful), height: 20, fill: "var(--blue)",
          class: here ? "" : "soft" }),
        ...(computed > useful ? [draw("rect", { x: left + px(useful), y: y + 0.5,
          width: px(computed - useful), height: 19, fill: "none", stroke: "currentColor",
          "stroke-opacity": here ? 0.9 : 0.5 })] : []),
        text(left + px(computed) + 8, y + 14, `${wasted(costs[m])} % wasted`,
          here ? { "font-weight": 700 } : {}),
        hit];
    }).concat([text(left, 12, "steps computed", { class: "soft" })]);
  }

  // One path for the real cells of a row and one for its padding: quicker than a square each.
  function cells(left, y, cell, row, length, end, mode) {
    const wide = cell - (cell > 6 ? 1 : 0.5), high = row - 1.5;
    const squares = (from, to) => Array.from({ length: to - from }, (_, k) =>
      `M${(left + (from + k + 0.5) * cell - wide / 2).toFixed(2)},${y + 0.5}h${wide}v${high}h${-wide}z`).join("");
    const nodes = [draw("path", { d: squares(0, length), fill: "var(--blue)", "data-name": "real" })];
    if (mode !== "packed" && end > length)
      nodes.push(draw("path", { d: squares(length, end), fill: "none", stroke: "currentColor",
        "stroke-opacity": 0.4, "stroke-width": 0.8, "data-name": "padding" }));
    if (!of("mark")) return nodes;
    const centre = (t) => [left + (t + 0.5) * cell, y + row / 2 - 0.2];
    return [...nodes, ...wanted(...centre(length - 1)), ...(end > length ? read(...centre(end - 1)) : [])];
  }

  // The state that is wanted as a ring, the one that output[:, -1] reads as a cross.
  const wanted = (x, y) => [draw("circle", { cx: x, cy: y, r: 3, fill: "#fff",
    stroke: "var(--blue)", "stroke-width": 1.5 })];
  const read = (x, y) => [draw("path", { d: `M${x - 3.5},${y - 3.5}l7,7m0,-7l-7,7`,
    stroke: "var(--vermilion)",
    "stroke-width": 2, fill: "none" })];

  function key(left, y, width) {
    const second = width < 480 ? left + 120 : left + 170;
    return [...wanted(left + 5, y - 4), text(left + 14, y, "last real step"), ...read(second + 5, y - 4),
      text(second + 14, y, "output[:, -1]")];
  }

  view.refresh();
  return view.close;
}

export default { render };
