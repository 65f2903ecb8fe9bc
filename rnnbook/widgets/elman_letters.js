
// ---- Words without spaces: the twin of elman_letters.py --------------------------

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

// The words in a text as [word, whether it is in the lexicon] pairs.
function wordsOf(text, lexicon) {
  const found = [];
  for (let rest of text.toLowerCase().match(/[a-z]+/g) || []) {
    let unknown = "";
    while (rest) {
      const word = lexicon.find((w) => rest.startsWith(w));
      if (word && unknown) found.push([unknown, false]);
      if (word) found.push([word, true]);
      unknown = word ? "" : unknown + rest[0];
      rest = rest.slice(word ? word.length : 1);
    }
    if (unknown) found.push([unknown, false]);
  }
  return found;
}

// After each letter, the probabilities of the next one.
function probabilitiesOf(letters, { W_xh, W_hh, b_h, W_hy, b_y }) {
  let h = new Float64Array(b_h.length);
  return [...letters].map((letter) => {
    const column = ALPHABET.indexOf(letter);
    h = apply(W_hh, h).map((v, i) => tanh(W_xh[i][column] + v + b_h[i]));
    const z = apply(W_hy, h).map((v, k) => v + b_y[k]), top = Math.max(...z);
    const weights = z.map((v) => Math.exp(v - top)), sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => w / sum);
  });
}

// Per letter: its probability (none for the first), its error, whether it begins a word, known.
function readStream(text, { weights, lexicon }) {
  const words = wordsOf(text, lexicon), letters = words.map(([word]) => word).join("");
  const p = probabilitiesOf(letters, weights);
  const error = [...letters].map((k, t) => (t ? -Math.log2(p[t - 1][ALPHABET.indexOf(k)]) : NaN));
  return { words, letters, p, error,
    first: words.flatMap(([word]) => [...word].map((_, k) => k === 0)),
    known: words.flatMap(([word, known]) => [...word].map(() => known)) };
}

function meanText(values) {
  const kept = values.filter((v) => !Number.isNaN(v));
  return kept.length ? fixed(kept.reduce((a, b) => a + b, 0) / kept.length) : "–";
}

// ---- The view --------------------------------------------------------------------

const percent = (p) =>
  (p > 0 && p < 0.0005 ? "under 0.1 %" : `${fixed(100 * p, p > 0 && p < 0.1 ? 1 : 0)} %`);
const ROW = 154, HIGH = 100, LEFT = 30; // a row of the picture, its bars, its axis

function render({ model, el }) {
  const keys = ["text", "at", "boundaries"];
  const network = model.get("network"), { longest, guesses } = model.get("sizes");
  let read = null, last = null;
  const stream = () => {
    const text = model.get("text").slice(0, longest);
    if (text !== last) read = readStream(last = text, network);
    return read;
  };
  const place = ({ letters }) => Math.min(model.get("at"), letters.length);
  const view = stage({
    model, el, keys, paint,
    name: "words without spaces",
    first: "Guess from the bars alone where the words begin, then tick “Show the words”. The letter "
      + "looked at, the o of boy, has a bar too: what had the network guessed instead, and why?",
  });
  field();
  const many = () => stream().letters.length;
  const at = slider(view, { key: "at", label: "Letter looked at", min: 2, max: longest, step: 1, ink: "blue",
    read: () => (many() > 1 ? `${place(stream())} of ${many()}` : "–") });
  view.controlled.push(() => {
    at.max = Math.max(2, many());
    at.value = place(stream());
  });
  toggle(view, { key: "boundaries", label: "Show the words" });
  buttons(view, ["Other words", otherWords], ["Reset", view.reset]);

  function field() {
    const input = make("input", { type: "text", maxlength: longest, autocomplete: "off",
      spellcheck: "false", autocapitalize: "off" });
    input.addEventListener("input", () => view.put({ text: input.value }));
    view.controlled.push(() => {
      if (input.value !== model.get("text")) input.value = model.get("text");
    });
    view.controls.append(make("label", { class: "control", style: "grid-column: 1 / -1" },
      make("span", {}, "Letters to read"), input));
  }

  function otherWords() {
    const { lexicon } = network;
    let words = "";
    while (words.length < 32) words += lexicon[Math.floor(Math.random() * lexicon.length)];
    view.put({ text: words, boundaries: false });
  }

  function paint(width) {
    const now = stream(), t = place(now) - 1;
    const list = `The ${network.lexicon.length} words that it was trained on: ${network.lexicon.join(", ")}.`;
    if (t < 1) {
      say(view, ["Type at least two letters from a to z."], [list]);
      const nothing = "No letter to guess yet.";
      return { height: 40, nodes: [text(0, 24, nothing)], spoken: nothing };
    }
    say(view, ...words(now, t), [list]);
    const rows = rowsOf(width, now.letters.length), top = rows.length * ROW + 14;
    const nodes = [...rows.flatMap((row, k) => bars(row, k * ROW + 24, now, t)),
      ...guessed(Math.min(width, 440), top, now, t)];
    const spoken = `Letter ${t + 1}, ${now.letters[t]}: ${fixed(now.error[t])} bits.`;
    return { height: top + 26 + (guesses + 1) * 24, nodes, spoken };
  }

  function words({ words: parts, letters, p, error, first, known }, t) {
    const { errors, best } = network;
    const of = (flags, wanted) => meanText(error.filter((_, k) => flags[k] === wanted));
    const strange = parts.filter(([, is]) => !is).map(([word]) => word).join(", ");
    const lines = [[`Letter ${t + 1}, “`, named("letter", letters[t]), "”, had probability ",
      named("p", percent(p[t - 1][ALPHABET.indexOf(letters[t])])), ", which is an error of ",
      named("error", fixed(error[t])), " bits."]];
    if (model.get("boundaries")) {
      lines.push(["In this stream first letters of words cost ", named("onset", of(first, true)),
        " bits on average, the others ", named("inside", of(first, false)), "."]);
      if (strange) lines.push([`It does not know ${strange}: there a letter costs `,
        named("unknown", of(known, false)), " bits on average, in the words that it knows ",
        named("known", of(known, true)), "."]);
    }
    lines.push([`On ${errors.letters} letters that it was not trained on: first letters `
      + `${fixed(errors.onset)} bits, others ${fixed(errors.inside)}. Somebody who knows the words, `
      + `but not which comes next, would need ${fixed(best.onset)} and ${fixed(best.inside)}.`]);
    return lines;
  }

  // How the letters are split into rows: {from, to, column}.
  function rowsOf(width, T) {
    const room = width - LEFT - 2, many = Math.ceil(T / Math.floor(room / 15)), per = Math.ceil(T / many);
    const column = Math.min(26, room / per);
    return Array.from({ length: many },
      (_, k) => ({ from: k * per, to: Math.min(T, (k + 1) * per), column }));
  }

  function bars({ from, to, column }, y, { words: parts, letters, error, first }, t) {
    const high = Math.max(6, Math.ceil(Math.max(...error.slice(1)) / 2) * 2), base = y + HIGH;
    const px = (k) => LEFT + (k - from) * column, py = scale(0, high, base, y), nodes = [];
    const open = model.get("boundaries");
    if (from === 0) nodes.push(text(0, y - 12, "error in bits"));
    for (const v of ticks(0, high, 4))
      nodes.push(line(LEFT, py(v), px(to), py(v), { class: v ? "grid" : "zero" }),
        text(LEFT - 6, py(v) + 4, String(v), { "text-anchor": "end" }));
    for (let k = from; k < to; k++)
      nodes.push(...letter(k, px(k), py, base, column, { letters, error, t, open, first }));
    if (open) nodes.push(...brackets(parts, from, to, px, y, base));
    return nodes;
  }

  function letter(k, x, py, base, column, { letters, error, t, open, first }) {
    const nodes = [], mark = k === t;
    if (mark) nodes.push(draw("rect", { x, y: base - HIGH, width: column, height: HIGH + 22,
      fill: "currentColor", "fill-opacity": 0.12 }));
    if (k) nodes.push(draw("rect", { x: x + 1.5, y: py(error[k]), width: column - 3,
      height: base - py(error[k]), fill: "var(--blue)", "fill-opacity": open && !first[k] ? 0.45 : 1 }));
    nodes.push(text(x + column / 2, base + 16, letters[k], { "text-anchor": "middle",
      ...(mark || (open && first[k]) ? { "font-weight": 700 } : {}) }));
    if (!k) return nodes;
    const hit = draw("rect", { x, y: base - HIGH, width: column, height: HIGH + 28, fill: "transparent" });
    hit.addEventListener("click", () => view.put({ at: k + 1 }));
    return [...nodes, hit];
  }

  // A line under each word, dashed where it is unknown, and one before its first letter.
  function brackets(parts, from, to, px, y, base) {
    let start = 0;
    return parts.flatMap(([word, known]) => {
      const end = start + word.length, a = Math.max(start, from), b = Math.min(end, to), nodes = [];
      if (a < b) nodes.push(line(px(a) + 2, base + 23, px(b) - 2, base + 23, { stroke: "var(--black)",
        "stroke-width": 2, "stroke-dasharray": known ? "none" : "3 3" }));
      if (a < b && a === start && start) nodes.push(line(px(a), y, px(a), base + 20, { stroke: "var(--black)",
        "stroke-dasharray": "2 4", "stroke-opacity": 0.7 }));
      start = end;
      return nodes;
    });
  }

  // The best guesses for the letter looked at, and the letter that came if it is not among them.
  function guessed(width, y, { letters, p }, t) {
    const came = ALPHABET.indexOf(letters[t]), px = scale(0, 1, 26, width - 140);
    const order = [...ALPHABET].map((_, k) => k).sort((a, b) => p[t - 1][b] - p[t - 1][a] || a - b);
    const rows = order.filter((k, rank) => rank < guesses || k === came);
    const before = letters.slice(Math.max(0, t - 8), t);
    const nodes = [text(0, y + 12, `Guesses for letter ${t + 1}, after “${before}”`)];
    rows.forEach((k, row) => {
      const top = y + 22 + row * 24, look = k === came ? { "font-weight": 700 } : {}, share = p[t - 1][k];
      nodes.push(text(10, top + 13, ALPHABET[k], { "text-anchor": "middle", ...look }),
        draw("rect", { x: px(0), y: top, width: Math.max(0.5, px(share) - px(0)), height: 17,
          fill: "var(--blue)", "fill-opacity": k === came ? 1 : 0.45 }),
        text(px(1) + 74, top + 13, percent(share), { "text-anchor": "end", ...look }));
      if (k === came) nodes.push(text(px(1) + 82, top + 13, "◀ came", look));
    });
    return nodes;
  }

  view.refresh();
  return view.close;
}

export default { render };
