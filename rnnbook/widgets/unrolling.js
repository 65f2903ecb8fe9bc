
// ---- Reading a text: the twin of unrolling.py ------------------------------------

const ALPHABET = "abcdefghijklmnopqrstuvwxyz '", LONGEST = 24;

const columnOf = (letter) => {
  const found = ALPHABET.indexOf(letter.toLowerCase());
  return found < 0 ? ALPHABET.length : found;
};

function readText(text, W_xh, W_hh, memory) {
  let h = new Float64Array(W_hh.length);
  return [...text].map((letter) => {
    const x = columnOf(letter), back = memory ? apply(W_hh, h) : h.map(() => 0);
    h = back.map((value, i) => tanh(W_xh[i][x] + value));
    return h;
  });
}

function difference(text, before, W_xh, W_hh, memory) {
  const one = readText(text, W_xh, W_hh, memory), two = readText(before, W_xh, W_hh, memory);
  return one.slice(0, two.length).map((h, t) => length(h.map((v, i) => v - two[t][i])));
}

// ---- The view --------------------------------------------------------------------

const shown = (letter) => (letter === " " ? "␣" : letter);

function render({ model, el }) {
  const keys = ["text", "before", "step", "memory"];
  const W_xh = model.get("W_xh"), W_hh = model.get("W_hh"), H = W_hh.length;
  const letters = () => [...model.get("text")];
  const stepNow = () => Math.min(model.get("step"), letters().length);
  const view = stage({
    model, el, keys, paint,
    name: "a recurrent cell unrolled over a text",
    first: "Press “Start again”, then “Next letter” until the end, and watch the last row. "
      + "Then untick “Memory”.",
  });
  const input = textField();
  const steps = slider(view, { key: "step", label: "Letters read", min: 0, max: LONGEST, step: 1,
    read: () => `${stepNow()} of ${letters().length}` });
  view.controlled.push(() => { steps.max = letters().length; steps.value = stepNow(); });
  toggle(view, { key: "memory",
    label: ["Memory (off: ", make("i", {}, "W"), make("sub", {}, "hh"), " = 0)"] });
  const move = (by) => view.put({ step: Math.min(letters().length, Math.max(0, stepNow() + by)) });
  buttons(view, ["Start again", () => view.put({ step: 0 })], ["◀ Back", () => move(-1)],
    ["Next letter ▶", () => move(1)], ["Change the first letter", changeFirst], ["Reset", view.reset]);

  function textField() {
    const field = make("input", { type: "text", maxlength: LONGEST, "aria-label": "Text to read",
      autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
    // One visit to the field is one change: it is compared with the text found there.
    field.addEventListener("focus", () => { field.dataset.before = model.get("text"); });
    field.addEventListener("input", () => {
      const all = stepNow() === letters().length;
      const text = [...field.value].slice(0, LONGEST).join("");
      view.put({ text, before: field.dataset.before ?? model.get("text"),
        ...(all ? { step: LONGEST } : {}) });
    });
    view.controlled.push(() => {
      if (field.value !== model.get("text")) field.value = model.get("text");
    });
    view.controls.append(make("label", { class: "control" }, make("span", {}, "Text to read"), field));
    return field;
  }

  function changeFirst() {
    const text = model.get("text"), at = ALPHABET.indexOf(text[0]?.toLowerCase() ?? "z");
    view.put({ before: text, text: ALPHABET[(at + 1) % 26] + text.slice(1), step: LONGEST });
    input.dataset.before = text;
  }

  function paint(width) {
    const text = model.get("text"), before = model.get("before"), memory = model.get("memory");
    const step = stepNow(), states = readText(text, W_xh, W_hh, memory);
    const gaps = difference(text, before, W_xh, W_hh, memory);
    const others = readText(before, W_xh, W_hh, memory);
    const now = step ? [...states[step - 1]].map((v) => fixed(v)) : Array(H).fill("0.00");
    const gap = step && step <= gaps.length ? fixed(gaps[step - 1], 3) : null;
    const after = step ? `After ${step} letters, the last “${shown(letters()[step - 1])}”` : "Before the first letter";
    say(view, [`${after}: h = (`, named("state", now.join(", ")), ")."],
      text === before ? ["Change the text to see how far its states move."]
        : gap === null ? [`Compared with “${before}”.`]
        : [`Compared with “${before}” (short lines across the bars), the state differs here by `, named("gap", gap), "."]);
    const spoken = `${after}. ${gap === null ? "" : `Difference from the text before: ${gap}.`}`;
    const rows = { top: 178, high: 24 };
    const nodes = picture(width, step, states, others, gaps, rows);
    return { height: rows.top + H * rows.high + 78, nodes, spoken };
  }

  function picture(width, step, states, others, gaps, rows) {
    const left = 68, T = Math.max(letters().length, 1);
    const column = Math.min(34, (width - left - 4) / T);
    const at = { width, column, px: (k) => left + (k + 0.5) * column, left, right: left + T * column };
    return [...weights(at, step), ...chain(at, step), ...bars(at, step, states, others, rows),
      ...gapRow(at, step, gaps, rows.top + H * rows.high + 66), hit(at, rows)];
  }

  // The one set of weights, with a line to every copy of the cell; the newest copy is lit.
  function weights({ px, width }, step) {
    const cell = width > 500 ? 7 : 5, x0 = 0, y0 = 22, V = W_xh[0].length, memory = model.get("memory");
    const hh = V * cell + 26, lit = step ? columnOf(letters()[step - 1]) : -1;
    const grid = (W, x, on) => W.flatMap((row, i) => [...row].map((w, j) => draw("rect", {
      x: x + j * cell, y: y0 + i * cell, width: cell - 0.5, height: cell - 0.5,
      fill: w > 0 ? "var(--blue)" : "var(--vermilion)",
      "fill-opacity": on ? Math.min(1, 0.1 + Math.abs(w)) : 0,
    })));
    const frame = (x, columns, look) => draw("rect", { x: x - 1, y: y0 - 1, width: columns * cell + 1.5,
      height: H * cell + 1.5, fill: "none", stroke: "currentColor", ...look });
    const from = y0 + H * cell + 2, out = (hh + H * cell) / 2;
    const nodes = [text(x0, 13, [...under("W", "xh"), draw("tspan", { dy: -4 }, ", a column a letter")]),
      text(hh, 13, [...under("W", "hh"), draw("tspan", { dy: -4 }, memory ? "" : " = 0")]),
      ...grid(W_xh, x0, true), ...grid(W_hh, hh, memory), frame(x0, V, { "stroke-opacity": 0.4 }),
      frame(hh, H, { "stroke-opacity": 0.4 })];
    if (lit >= 0) nodes.push(frame(x0 + lit * cell, 1, { "stroke-width": 2 }));
    for (let k = 0; k < step; k++)
      nodes.push(line(out, from, px(k), 104, { stroke: "currentColor",
        "stroke-opacity": k === step - 1 ? 0.9 : 0.22, "stroke-width": k === step - 1 ? 1.8 : 1 }));
    return nodes;
  }

  function chain({ px, column }, step) {
    const half = Math.min(11, column / 2 - 2.5), y = 116, memory = model.get("memory");
    return letters().flatMap((letter, k) => {
      const done = k < step, last = k === step - 1;
      const nodes = [text(px(k), 166, shown(letter),
        { "text-anchor": "middle", class: done ? "" : "faint", ...(last ? { "font-weight": 700 } : {}) })];
      if (letter !== [...model.get("before")][k])
        nodes.push(line(px(k) - 6, 171, px(k) + 6, 171, { stroke: "var(--black)", "stroke-width": 2 }));
      if (!done) return nodes;
      nodes.push(draw("rect", { x: px(k) - half, y: y - 11, width: 2 * half, height: 22, rx: 3,
        fill: "var(--blue)", "fill-opacity": last ? 0.9 : 0.25, stroke: "var(--blue)" }),
      arrow(px(k), 152, px(k), y + 13));
      if (k && memory) nodes.push(arrow(px(k - 1) + half, y, px(k) - half - 1, y));
      return nodes;
    });
  }

  function arrow(x1, y1, x2, y2) {
    const up = x1 === x2, tip = up ? `M${x2 - 3},${y2 + 4}L${x2},${y2}L${x2 + 3},${y2 + 4}`
      : `M${x2 - 3},${y2 - 3}L${x2},${y2}L${x2 - 3},${y2 + 3}`;
    return draw("path", { d: `M${x1},${y1}L${x2},${y2}${tip}`, class: "arrow" });
  }

  function bars({ px, column, left, right }, step, states, others, rows) {
    const nodes = [];
    for (let unit = 0; unit < H; unit++) {
      const zero = rows.top + (unit + 0.5) * rows.high, high = rows.high / 2 - 1;
      nodes.push(line(left, zero, right, zero, { class: "grid" }),
        text(left - 8, zero + 4, `unit ${unit + 1}`, { "text-anchor": "end" }));
      for (let k = 0; k < step; k++) {
        const v = states[k][unit], old = others[k]?.[unit];
        nodes.push(draw("rect", { x: px(k) - column / 2 + 1, width: column - 2,
          y: v > 0 ? zero - v * high : zero, height: Math.max(Math.abs(v) * high, 0.5),
          fill: v > 0 ? "var(--blue)" : "var(--vermilion)", "data-name": "bar" }));
        if (old !== undefined && Math.abs(old - v) > 0.02)
          nodes.push(line(px(k) - column / 2, zero - old * high, px(k) + column / 2, zero - old * high,
            { stroke: "var(--black)", "stroke-width": 1.6 }));
      }
    }
    return nodes;
  }

  function gapRow({ px, column, left, right }, step, gaps, base) {
    const top = Math.max(1, ...gaps), nodes = [line(left, base, right, base, { class: "zero" }),
      text(left - 8, base - 22, "differ-", { "text-anchor": "end" }),
      text(left - 8, base - 8, "ence", { "text-anchor": "end" })];
    gaps.slice(0, step).forEach((gap, k) => nodes.push(draw("rect", {
      x: px(k) - column / 2 + 1, width: column - 2, y: base - (gap / top) * 50,
      height: (gap / top) * 50, fill: "var(--black)", "data-name": "gap-bar" })));
    return nodes;
  }

  function hit({ left, right, column }, rows) {
    const area = draw("rect", { x: left, y: 104, width: right - left, fill: "transparent",
      height: rows.top + H * rows.high + 66 - 104 });
    area.addEventListener("pointerdown", (event) => {
      const x = event.clientX - area.getBoundingClientRect().left;
      view.put({ step: Math.min(letters().length, Math.ceil(x / column)) });
    });
    return area;
  }

  view.refresh();
  return view.close;
}

export default { render };
