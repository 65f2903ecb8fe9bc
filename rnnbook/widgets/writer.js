
// ---- An LSTM that writes: the twin of writer.py ----------------------------------

const NEWLINE = "\n";

// The bytes of pack() in writer.py; the four gates of a unit stand beside each other.
function unpack(view) {
  const H = view.getUint8(0), V = view.getUint8(1), G = 4 * H;
  let at = 2 + V, chars = "";
  for (let k = 0; k < V; k++) chars += String.fromCharCode(view.getUint8(2 + k));
  at += (4 - (at % 4)) % 4;
  const numbers = (n) => Float64Array.from({ length: n }, () => view.getFloat32((at += 4) - 4, true));
  const [b_h, b_y, s_xh, s_hh, s_hy] = [G, V, G, G, V].map(numbers);
  const matrix = (n) =>
    Float64Array.from(new Int8Array(view.buffer, view.byteOffset + (at += n) - n, n));
  const [W_xh, W, W_hy] = [G * V, G * H, V * H].map(matrix);
  const W_hh = new Float64Array(G * H);
  for (let u = 0; u < H; u++)
    for (let j = 0; j < H; j++)
      for (let g = 0; g < 4; g++) W_hh[(u * H + j) * 4 + g] = W[(g * H + u) * H + j];
  return { H, V, chars, b_h, b_y, s_xh, s_hh, s_hy, W_xh, W_hh, W_hy };
}

// Math.tanh may differ from NumPy's in the last digit. That does not grow: as long as the
// letters are the same, states that differ a little come closer to each other (tested).
const gate = (x) => 1 / (1 + Math.exp(-x));

function stepOf(net, index, { h, c }) {
  const { H, V, b_h, s_xh, s_hh, W_xh, W_hh } = net;
  const next = { h: new Float64Array(H), c: new Float64Array(H) };
  for (let u = 0, k = 0; u < H; u++) {
    let i = 0, f = 0, g = 0, o = 0;
    for (let j = 0; j < H; j++, k += 4) {
      const v = h[j];
      i += W_hh[k] * v;
      f += W_hh[k + 1] * v;
      g += W_hh[k + 2] * v;
      o += W_hh[k + 3] * v;
    }
    const a = (sum, r) => s_hh[r] * sum + s_xh[r] * W_xh[r * V + index] + b_h[r];
    next.c[u] = gate(a(f, H + u)) * c[u] + gate(a(i, u)) * Math.tanh(a(g, 2 * H + u));
    next.h[u] = gate(a(o, 3 * H + u)) * Math.tanh(next.c[u]);
  }
  return next;
}

function scoresOf(net, h) {
  return Float64Array.from({ length: net.V }, (_, k) => {
    let sum = 0;
    for (let j = 0; j < net.H; j++) sum += net.W_hy[k * net.H + j] * h[j];
    return net.s_hy[k] * sum + net.b_y[k];
  });
}

const bestFirst = (z) => Array.from(z.keys()).sort((a, b) => z[b] - z[a] || a - b);

// Unnormalised probabilities with which the letters are drawn; temperature 0: the best.
function weightsOf(z, temperature, topK) {
  const order = bestFirst(z), weights = new Float64Array(z.length);
  for (const k of order.slice(0, temperature === 0 ? 1 : topK || undefined))
    weights[k] = Math.exp((z[k] - z[order[0]]) / (temperature || 1));
  return weights;
}

function shares(weights) {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

function begin(net, start, temperature, topK, seed) {
  let text = [...start].map((letter) => net.chars.indexOf(letter)).filter((k) => k >= 0);
  if (!text.length) text = [net.chars.indexOf(NEWLINE)];
  const draws = { temperature, topK, random: uniforms(seed) };
  return { net, text, begun: text.length, states: [], z: [], ...draws };
}

// Draws until `count` letters are written and the last of them has been read.
function extend(run, count) {
  const { net, text, begun, states, z } = run;
  while (states.length < begun + count) {
    const zero = { h: new Float64Array(net.H), c: new Float64Array(net.H) };
    if (states.length >= text.length) text.push(pick(run));
    states.push(stepOf(net, text[states.length], states[states.length - 1] || zero));
    if (states.length >= begun) z.push(scoresOf(net, states[states.length - 1].h));
  }
  return run;
}

function pick({ z, temperature, topK, random }) {
  let sum = 0;
  const sums = weightsOf(z[z.length - 1], temperature, topK).map((w) => (sum += w)), at = random() * sum;
  return sums.findIndex((s) => s > at);
}

// The mean of -log2 p over the letters written, p at temperature 1.
function bitsOf({ text, begun, z }, count) {
  let sum = 0;
  for (let t = 0; t < count; t++) sum -= Math.log2(shares(weightsOf(z[t], 1, 0))[text[begun + t]]);
  return sum / count;
}

// ---- The view --------------------------------------------------------------------

const seen = (letter) => (letter === " " ? "␣" : letter === NEWLINE ? "↵" : letter);
const percent = (p) =>
  (p > 0 && p < 0.0005 ? "under 0.1 %" : `${fixed(100 * p, p > 0 && p < 0.1 ? 1 : 0)} %`);
const MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const LINE = 31, LINES = 11; // height and number of the lines of text

// Lines of at most `most` letters as [from, to) pairs, broken at new lines and spaces.
function linesOf(letters, most) {
  const lines = [];
  for (let from = 0, to; from < letters.length; from = to) {
    const end = letters.indexOf(NEWLINE, from);
    to = end < 0 ? letters.length : end + 1;
    if (to - from > most) {
      const space = letters.lastIndexOf(" ", from + most - 1);
      to = space > from ? space + 1 : from + most;
    }
    lines.push([from, to]);
  }
  return lines;
}

function render({ model, el }) {
  const keys = ["start", "temperature", "top_k", "seed", "part", "unit", "count"];
  const net = unpack(model.get("weights")), measured = model.get("measured");
  const { longest, most, bars } = model.get("sizes");
  let run = null, kind = "";
  const view = stage({
    model, el, keys, paint,
    name: "an LSTM that writes, letter after letter",
    first: "Follow the bars under the text: they are one cell of the network, and nobody told it what "
      + "to watch. Then move the temperature down to 0, where the most probable letter is always "
      + "taken, and read what comes of it.",
  });
  beginning();
  player(view, { key: "count", max: most, ms: 70, next: "One letter" });
  slider(view, { key: "temperature", label: "Temperature", min: 0, max: 2, step: 0.1,
    read: (v) => fixed(v, 1) });
  slider(view, { key: "top_k", label: "Draw from top k", min: 0, max: 20, step: 1,
    read: (v) => (v ? String(v) : `0 (all ${net.V})`) });
  slider(view, { key: "seed", label: "Seed of the draws", min: 0, max: 99, step: 1, read: String });
  slider(view, { key: "unit", label: "Unit shown", min: 1, max: net.H, step: 1, ink: "vermilion",
    read: (v) => `${v} of ${net.H}` });
  choice(view, { key: "part", label: "Under the letters",
    options: [["c", "cell state (tanh c)"], ["h", "hidden state h"]] });
  buttons(view, ["Other draws", () => view.put({ seed: (model.get("seed") + 1) % 100 })],
    ["Reset", view.reset]);

  function beginning() {
    const field = make("input", { type: "text", maxlength: longest, autocomplete: "off",
      spellcheck: "false", autocapitalize: "off" });
    field.addEventListener("input", () => view.put({ start: field.value }));
    view.controlled.push(() => {
      if (field.value !== model.get("start")) field.value = model.get("start");
    });
    view.controls.append(make("label", { class: "control", style: "grid-column: 1 / -1" },
      make("span", {}, "Beginning"), field));
  }

  // The run for the present settings; longer texts go on from it, shorter ones are parts of it.
  function written() {
    const settings = [model.get("start").slice(0, longest), model.get("temperature"), model.get("top_k"),
      model.get("seed")];
    if (kind !== JSON.stringify(settings)) {
      run = begin(net, ...settings);
      kind = JSON.stringify(settings);
    }
    return extend(run, model.get("count"));
  }

  function paint(width) {
    const { text: drawn, begun, states, z } = written();
    const count = model.get("count"), unit = model.get("unit");
    const letters = drawn.slice(0, begun + count).map((k) => net.chars[k]).join("");
    const values = states.slice(0, letters.length).map(({ c, h }) =>
      (model.get("part") === "c" ? Math.tanh(c[unit - 1]) : h[unit - 1]));
    const now = { own: shares(weightsOf(z[count], 1, 0)), best: bestFirst(z[count]),
      p: shares(weightsOf(z[count], model.get("temperature"), model.get("top_k"))) };
    say(view, ...words(now, values, count));
    const side = width >= 600, left = side ? width - 216 : width;
    const nodes = [...page(left, letters, values, begun),
      ...chances(side ? left + 16 : 0, side ? 4 : LINES * LINE + 12, side ? 200 : width, now)];
    const spoken = `${count} letters written. ${letters.split(NEWLINE).slice(-1)[0]}. `
      + `Unit ${unit} is ${fixed(values[values.length - 1])}.`;
    return { height: LINES * LINE + (side ? 0 : 66 + bars * 25), nodes, spoken };
  }

  function words({ own, best, p }, values, count) {
    const unit = model.get("unit"), part = model.get("part"), [k, r] = measured.follows[part][unit - 1];
    const unknown = [...model.get("start")].filter((letter) => !net.chars.includes(letter));
    const name = part === "c" ? ["tanh ", make("i", {}, "c")] : [make("i", {}, "h")];
    return [
      ["The next letter will be “", named("best", seen(net.chars[best[0]])), "” with probability ",
        named("p_best", percent(p[best[0]])), "; at temperature 1 that would be ",
        named("own_best", percent(own[best[0]])), "."],
      [...name, " of unit ", String(unit), " is now ", named("value", fixed(values[values.length - 1])),
        `. Over ${measured.letters} letters of Macbeth, on which the network was not trained, it goes `,
        Math.abs(r) < 0.3 ? "closely with none of the things looked for; the nearest is " : "most with ",
        named("thing", measured.things[k]), " (correlation ", named("correlation", fixed(r)), ")."],
      ...(count ? [["What it wrote here costs the network ", named("bits", fixed(bitsOf(run, count))),
        ` bits per letter at temperature 1, and Macbeth ${fixed(measured.bits)}.`]] : []),
      ...(unknown.length ? [[`Left out, since the network has never seen it: ${unknown.join(" ")}`]] : []),
    ];
  }

  // The text, and under each letter the value of the unit after it was read.
  function page(width, letters, values, begun) {
    const [size, step] = width < 420 ? [13.3, 8] : [15, 9]; // whole pixels leave no seams
    const all = linesOf(letters, Math.floor((width - 8) / step)), cut = all.length > LINES ? 1 : 0;
    const nodes = cut ? [text(0, 14, "…", { class: "soft" })] : [];
    all.slice(cut - LINES).forEach(([from, to], row) => {
      const y = (cut + row) * LINE, mid = y + 24;
      nodes.push(line(0, mid, (to - from) * step, mid, { class: "grid" }));
      for (let t = from; t < to; t++) nodes.push(...cell((t - from) * step, y, step, values[t]));
      const part = (a, b, look) => {
        if (a < b) nodes.push(placed((a - from) * step, y + 14, letters.slice(a, b), step, size, look));
      };
      part(from, Math.min(to, begun), { "font-weight": 700 });
      part(Math.max(from, begun), to, {});
    });
    return nodes;
  }

  function cell(x, y, step, v) {
    const ink = `var(--${v < 0 ? "vermilion" : "blue"})`, high = 6.5 * Math.abs(v);
    const bar = { x: x + 0.5, y: v < 0 ? y + 24 : y + 24 - high, width: step - 1, height: high };
    const ground = { x, y: y + 1, width: step, height: 16, "fill-opacity": 0.3 * Math.abs(v) };
    return [draw("rect", { ...ground, fill: ink }), draw("rect", { ...bar, fill: ink })];
  }

  // Letters at fixed places, whatever the font.
  function placed(x, y, letters, step, size, look) {
    const places = Array.from(letters, (_, k) => (x + k * step).toFixed(1)).join(" ");
    return text(places, y, letters.replaceAll(" ", "\u00a0").replace(NEWLINE, "↵"),
      { style: `font-family: ${MONO}; font-size: ${size}px`, ...look });
  }

  // How probable the best letters are: bars as they are drawn, marks as at temperature 1.
  function chances(x, y, width, { own, best, p }) {
    const px = scale(0, 1, x + 24, x + width - 78);
    const nodes = [text(x, y + 12, "The next letter"),
      line(x, y + 28, x, y + 40, { stroke: "var(--black)", "stroke-width": 2 }),
      text(x + 8, y + 38, "at temperature 1")];
    best.slice(0, bars).forEach((k, row) => {
      const top = y + 48 + row * 25;
      nodes.push(text(x + 8, top + 13, seen(net.chars[k]), { "text-anchor": "middle" }),
        draw("rect", { x: px(0), y: top, width: Math.max(px(p[k]) - px(0), 0.5), height: 17,
          fill: "var(--vermilion)", "fill-opacity": 0.75 }),
        line(px(own[k]), top - 2, px(own[k]), top + 19, { stroke: "var(--black)", "stroke-width": 2 }),
        text(x + width, top + 13, percent(p[k]), { "text-anchor": "end" }));
    });
    return nodes;
  }

  view.refresh();
  return view.close;
}

export default { render };
