
// ---- Two directions: the twin of bidirectional.py ----------------------------------

const LONGEST = 18;

const symbols = (characters) => characters.map((c) => (c === "(" ? 1 : c === ")" ? 2 : 0));

function marks(characters) {
  const found = characters.map(() => false);
  let opened = -1;
  symbols(characters).forEach((symbol, t) => {
    if (symbol === 2 && opened >= 0) found.fill(true, opened, t + 1);
    if (symbol) opened = symbol === 1 ? t : -1;
  });
  return found;
}

function states({ W_xh, W_hh, b_h }, read) {
  let h = new Float64Array(b_h.length);
  return read.map((symbol) => {
    const kept = apply(W_hh, h);
    h = kept.map((v, i) => tanh(W_xh[i][symbol] + v + b_h[i]));
    return h;
  });
}

// The outputs of one direction; the backward one, 1, starts at the last symbol.
function outputs(network, characters, half) {
  const read = symbols(characters), cell = network.cells[half];
  return half ? states(cell, read.reverse()).reverse() : states(cell, read);
}

function chances(network, characters) {
  const halves = network.cells.map((_, half) => outputs(network, characters, half));
  return characters.map((_, t) => {
    const y = halves.flatMap((h) => [...h[t]]);
    return sigmoid(y.reduce((sum, value, i) => sum + network.v[i] * value, 0) + network.c);
  });
}

// How far another symbol at j would move the state of one half at step `at`.
function felt(network, characters, half, at) {
  const base = outputs(network, characters, half)[at];
  return characters.map((character, j) => Math.max(...["a", "(", ")"].map((other) => {
    const moved = outputs(network, characters.map((c, k) => (k === j ? other : c)), half)[at];
    return length(moved.map((v, i) => v - base[i]));
  })));
}

const places = (read, t, T) => ({ step: [t, t], last: [T - 1, T - 1], ends: [T - 1, 0] })[read];

// ---- The view --------------------------------------------------------------------

function render({ model, el }) {
  const keys = ["text", "step", "read"];
  const { forward, both } = model.get("weights");
  const view = stage({
    model, el, keys, paint,
    name: "forwards and in both directions",
    first: "The bracket before “e” is never closed. Press “Close the text with )” and compare the two "
      + "rows of bars. Then read the summary at the last step: guess how much of the text the backward "
      + "half has seen there.",
  });
  const letters = () => [...model.get("text")];
  const stepNow = () => Math.min(model.get("step"), letters().length);
  textField();
  const steps = slider(view, { key: "step", label: "Character", min: 1, max: LONGEST, step: 1,
    read: () => `${stepNow()} of ${letters().length}` });
  view.controlled.push(() => { steps.max = letters().length; steps.value = stepNow(); });
  choice(view, { key: "read", label: "Read both halves", options: [["step", "at the character"],
    ["last", "at the last step, output[:, -1]"], ["ends", "each at its own end"]] });
  const closing = buttons(view, ["", close], ["Reset", view.reset]).firstChild;
  view.controlled.push(() => {
    closing.textContent = letters().at(-1) === ")" ? "Take the last ) away" : "Close the text with )";
    closing.disabled = letters().join("") === ")";
  });

  function close() {
    const now = letters();
    if (now.at(-1) === ")") view.put({ text: now.slice(0, -1).join("") });
    else view.put({ text: [...now.slice(0, LONGEST - 1), ")"].join("") });
  }

  function textField() {
    const field = make("input", { type: "text", maxlength: LONGEST, "aria-label": "Text with brackets",
      autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
    field.addEventListener("input", () => {
      if (field.value) view.put({ text: [...field.value].slice(0, LONGEST).join("") });
    });
    view.controlled.push(() => { if (field.value !== model.get("text")) field.value = model.get("text"); });
    view.controls.append(make("label", { class: "control" }, make("span", {}, "Text with brackets"), field));
  }

  function paint(width) {
    const now = letters(), T = now.length, t = stepNow() - 1, read = model.get("read");
    const at = places(read, t, T), says = { forward: chances(forward, now), both: chances(both, now) };
    const moved = [0, 1].map((half) => felt(both, now, half, at[half]));
    say(view, ...atStep(now, t, says), ...seen(now, t, read, at, moved));
    const spoken = `Character ${t + 1}: forward only says ${fixed(says.forward[t])}, both directions say `
      + `${fixed(says.both[t])}. The backward half has seen ${T - at[1]} of ${T}.`;
    return { ...picture(width, now, t, at, moved, says), spoken };
  }

  const shown = (character) => (character === " " ? "␣" : character);

  function atStep(now, t, says) {
    const past = now.slice(0, t + 1), last = (characters) => fixed(chances(both, characters)[t]);
    const mark = marks(now)[t];
    return [[`Is “${shown(now[t])}” in a closed pair of brackets? `, named("mark", mark ? "Yes" : "No"),
      ". Forward only says ", named("forward", fixed(says.forward[t])), ", both directions say ",
      named("both", fixed(says.both[t])), "."],
    ["If the text ended here, both directions would say ", named("ended", last(past)),
      ", if “)” came next ", named("closed", last([...past, ")"])), last(past) === last([...past, ")"])
        ? ". Here the future makes no difference." : ". Forward only cannot tell the two apart."]];
  }

  function seen(now, t, read, at, moved) {
    const T = now.length, count = (half) => String(moved[half].filter((v) => v > 0.01).length);
    const where = { step: `At character ${t + 1}`, last: "At the last step, output[:, -1]",
      ends: "Each at its own end" }[read];
    const kind = ["a letter", "“(”", "“)”"][symbols(now)[T - 1]];
    const note = { step: "",
      last: `Every text that ends with ${kind} gives the backward half the same state here, so a summary read `
        + "here has lost all else that this half knew.",
      ends: "Torch’s output has these two at different steps, output[:, -1] and output[:, 0]; h_n has "
        + "both." }[read];
    return [[`${where}, the forward half has read `, named("forward_seen", `${at[0] + 1} of ${T}`),
      " characters, and a change of any of ", named("forward_felt", count(0)),
      " of them would change its state. The backward half has read ",
      named("backward_seen", `${T - at[1]} of ${T}`), "; a change of any of ",
      named("backward_felt", count(1)), " of them would change its."], ...(note ? [[note]] : [])];
  }

  function picture(width, now, t, at, moved, says) {
    const left = 78, T = now.length, column = Math.min(34, (width - left - 4) / T), right = left + T * column;
    const lit = new Set(marks(now).flatMap((mark, k) => (mark ? [k] : [])));
    const box = { left, column, right, px: (k) => left + (k + 0.5) * column };
    const cursor = draw("rect", { x: left + t * column, y: 2, width: column, height: 288, rx: 4,
      fill: "currentColor", "fill-opacity": 0.09, "data-name": "cursor" });
    const hit = draw("rect", { x: left, y: 0, width: right - left, height: 290, fill: "transparent" });
    hit.addEventListener("pointerdown", (event) => {
      const x = event.clientX - hit.getBoundingClientRect().left;
      view.put({ step: Math.min(T, Math.max(1, Math.ceil(x / column))) });
    });
    return { height: 314, nodes: [cursor,
      ...tiles(now.map((words) => ({ words, ink: "black" })),
        { x: left, y: 8, width: column, height: 30, lit }),
      text(left - 8, 28, "text", { "text-anchor": "end" }),
      ...half(box, 82, "blue", "forward", moved[0], (k) => k <= at[0], at[0], 1),
      ...half(box, 128, "vermilion", "backward", moved[1], (k) => k >= at[1], at[1], -1),
      ...bars(box, 216, "blue", ["forward", "only"], says.forward, now),
      ...bars(box, 286, "vermilion", ["both", "directions"], says.both, now), ...key(left), hit] };
  }

  // What one half has seen, strong where a change would be felt; a ring where it is read.
  function half({ left, column, px, right }, y, ink, name, moved, inside, at, way) {
    const size = Math.min(22, column - 3), colour = `var(--${ink})`;
    const nodes = moved.map((value, k) => draw("rect", { x: px(k) - size / 2, y: y - size / 2, width: size,
      height: size, rx: 3, fill: colour, "fill-opacity": inside(k) ? 0.12 + 0.88 * Math.min(1, value / 2) : 0,
      stroke: inside(k) ? colour : "currentColor", "stroke-opacity": inside(k) ? 1 : 0.25,
        "data-name": name }));
    const tail = way > 0 ? left : right, tip = px(at), arrow = y - size / 2 - 8;
    return [...nodes, draw("path",
      { d: `M${tail},${arrow}L${tip},${arrow}m${-5 * way},-4l${5 * way},4l${-5 * way},4`,
      fill: "none", stroke: colour, "stroke-width": 2 }),
    draw("rect", { x: px(at) - size / 2 - 2, y: y - size / 2 - 2, width: size + 4, height: size + 4, rx: 4,
      fill: "none",
      stroke: "currentColor", "stroke-width": 2 }),
    text(left - 8, y - 4, name, { "text-anchor": "end" }),
    text(left - 8, y + 12, "has seen", { "text-anchor": "end" })];
  }

  // Bars from 0 to 1, the true answer as a line, a cross over each wrong one.
  function bars({ left, column, px, right }, base, ink, name, values, now) {
    const high = 44, nodes = [0, 1].map((v) => line(left, base - v * high, right, base - v * high,
      { class: v ? "grid" : "zero" }));
    const truth = marks(now);
    values.forEach((value, k) => {
      const y = base - (truth[k] ? high : 0);
      nodes.push(draw("rect", { x: px(k) - column / 2 + 2, width: column - 4, y: base - value * high,
        height: Math.max(value * high, 0.5), fill: `var(--${ink})`, class: "soft", "data-name": "bar" }),
      line(px(k) - column / 2 + 1, y, px(k) + column / 2 - 1, y,
        { stroke: "var(--black)", "stroke-width": 2.5 }));
      if ((value > 0.5) !== truth[k])
        nodes.push(text(px(k), base - high - 4, "✕", { "text-anchor": "middle", "font-weight": 700 }));
    });
    return [...nodes, ...name.map((words, k) => text(left - 8, base - 24 + 16 * k, words,
      { "text-anchor": "end" }))];
  }

  const key = (left) => [line(left, 304, left + 14, 304, { stroke: "var(--black)", "stroke-width": 2.5 }),
    text(left + 20, 308, "true answer"), text(left + 112, 308, "✕ wrong answer")];

  view.refresh();
  return view.close;
}

export default { render };
