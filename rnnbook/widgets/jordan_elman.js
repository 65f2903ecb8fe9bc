
// ---- Jordan beside Elman: the twin of jordan_elman.py ----------------------------

const WRITE = 100, HOLD = 2, READ = 3;
const W_XH = [[WRITE, 0], [WRITE, 0], [0, WRITE], [0, WRITE]], B_H = [0, 0, -WRITE, -WRITE];
const W_HH = [[HOLD, 0, 0, 0], [0, 0, 0, 0], [READ, 0, 0, 0], [-READ, 0, 0, 0]];
const W_SH = [READ, 0, READ, -READ];

const readOut = (loudness) => [loudness, 1 - loudness, (1 - loudness) / 2, -(1 - loudness) / 2];
const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const inputs = (x) => [...x.map((v) => [v, 0]), [0, 1]];

function targets(x, loudness) {
  let bit = 0;
  const said = x.map((shown) => {
    bit = shown || bit;
    return shown || loudness * bit;
  });
  return [...said, bit];
}

function elman(x, loudness) {
  const W_hy = readOut(loudness), held = [], said = [];
  let h = [0, 0, 0, 0];
  for (const x_t of inputs(x)) {
    h = W_HH.map((row, k) => tanh(dot(W_XH[k], x_t) + dot(row, h) + B_H[k]));
    held.push(h[0]);
    said.push(dot(W_hy, h));
  }
  return { h: held, y: said };
}

function jordan(x, loudness, decay, forced = false) {
  const W_hy = readOut(loudness), target = targets(x, loudness), units = [], said = [];
  let s = 0, y = 0;
  inputs(x).forEach((x_t, t) => {
    s = decay * s + y;
    const now = dot(W_hy, W_SH.map((w, k) => tanh(dot(W_XH[k], x_t) + w * s + B_H[k])));
    y = forced ? target[t] : now;
    units.push(s);
    said.push(now);
  });
  return { s: units, y: said };
}

function judged(said, bit) {
  if (bit === 0) return "nothing was shown";
  return said * bit > 0.5 ? "remembered" : said * bit < -0.5 ? "wrong" : "forgotten";
}

// ---- The view --------------------------------------------------------------------

const END = { "text-anchor": "end" }, MIDDLE = { "text-anchor": "middle" };
const value = (name, x) => named(name, fixed(x, 3));
const it = (letter) => make("i", {}, letter);
const sub = (letter, index) => [it(letter), make("sub", {}, String(index))];
const signed = (v) => (v > 0 ? `+${v}` : minus(String(v)));
const Y = { input: 22, elman: 78, memory: 132, jordan: 206, state: 276, target: 346 }, HALF = 18;

function render({ model, el }) {
  const keys = ["x", "decay", "loudness", "forced", "step"], T = model.get("x").length + 1;
  const get = (key) => model.get(key);
  const view = stage({
    model, el, keys, paint,
    name: "a Jordan network beside an Elman network",
    first: "Both networks see a bit at step 2 and are asked for it at step 10. Look at the answers, "
      + "then raise the loudness in between until Jordan’s answer is right: it holds only what it says.",
  });
  slider(view, { key: "loudness", label: "Loudness in between", min: 0, max: 1, step: 0.05, ink: "blue" });
  slider(view, { key: "decay", label: "Decay α of the state", min: 0, max: 0.95, step: 0.05, ink: "blue" });
  toggle(view, { key: "forced", label: "Teacher forcing for Jordan" });
  slider(view, { key: "step", label: "Time step", min: 1, max: T, step: 1, read: (v) => `${v} of ${T}` });
  bitAtStep();
  const move = (by) => view.put({ step: Math.min(T, Math.max(1, get("step") + by)) });
  buttons(view, ["◀ Step back", () => move(-1)], ["Next step ▶", () => move(1)], ["Reset", view.reset]);
  const show = (step, bit) => view.put({ step, x: get("x").map((v, t) => (t === step - 1 ? bit : v)) });

  // The bit shown at the step under the cursor; the last step asks and shows none.
  function bitAtStep() {
    const select = make("select", {}, ...[["1", "+1"], ["0", "none"], ["-1", "−1"]]
      .map(([value, words]) => make("option", { value }, words)));
    const label = make("span");
    select.addEventListener("change", () => show(get("step"), Number(select.value)));
    view.controlled.push(() => {
      const step = get("step");
      select.disabled = step === T;
      select.value = String(get("x")[step - 1] ?? 0);
      label.textContent = step === T ? `Step ${T} asks` : `Bit shown at step ${step}`;
    });
    view.controls.append(make("label", { class: "control" }, label, select));
  }

  function paint(width) {
    const x = get("x"), loudness = get("loudness"), forced = get("forced"), t = get("step") - 1;
    const one = elman(x, loudness), two = jordan(x, loudness, get("decay"), forced);
    const target = targets(x, loudness), back = forced ? target : two.y;
    const asked = [one.y[T - 1], two.y[T - 1]], bit = target[T - 1];
    const [mine, yours] = asked.map((said) => judged(said, bit));
    say(view,
      [`Asked at step ${T} for the bit `, named("bit", signed(bit)), ", the Elman network says ",
        value("elman_asked", asked[0]), " (", named("elman_judged", mine), "), the Jordan network ",
        value("jordan_asked", asked[1]), " (", named("jordan_judged", yours), ")."],
      [`Step ${t + 1}: the Elman network says `, value("elman_says", one.y[t]), " and holds ",
        it("h"), " = ", value("memory", one.h[t]), ". The Jordan network says ",
        value("jordan_says", two.y[t]), "; it holds nothing but ", ...sub("s", t + 1), " = α · ",
        ...sub("s", t), ...(forced ? [" + the target"] : [" + ", ...sub("y", t)]),
        ` = ${fixed(get("decay"))} × `, value("state_before", t ? two.s[t - 1] : 0), " + ",
        value("back", t ? back[t - 1] : 0), " = ", value("state", two.s[t]), "."],
      [forced ? "The targets are known beforehand, and so is every state: all steps of the Jordan network "
        + "can be computed side by side; the longest chain of steps that wait for each other is "
        : "Each step of the Jordan network waits for the output of the one before, a chain of ",
      named("chain", forced ? "1" : String(T)),
      forced ? ` (the Elman network: ${T}).` : ", as in the Elman network.",
      " The weights are set by hand; those of the input and of the read-out are the same in both."]);
    const spoken = `Asked for ${signed(bit)}: Elman says ${fixed(asked[0])}, ${mine}; `
      + `Jordan says ${fixed(asked[1])}, ${yours}.`;
    return { height: 392, nodes: picture(width, one, two, target, t), spoken };
  }

  function picture(width, one, two, target, t) {
    const left = 84, right = width - 52, column = (right - left) / T;
    const px = (k) => left + (k + 0.5) * column, half = Math.min(15, column / 2 - 4);
    const at = { left, right, column, t, px, half };
    const nodes = [draw("rect", {
      x: left + t * column, y: 4, width: column, height: 366, fill: "currentColor", "fill-opacity": 0.1,
      "data-name": "cursor" })];
    nodes.push(...bitTiles(at),
      ...row(at, "elman", ["Elman says"], one.y, "blue", target),
      ...row(at, "memory", ["holds h"], one.h, "blue"),
      ...row(at, "jordan", ["Jordan says"], two.y, "blue", target),
      ...row(at, "state", ["holds s"], two.s, "blue"),
      ...row(at, "target", ["target"], target, "black"), ...links(at),
      line(0, 169, width, 169, { class: "grid" }));
    for (let k = 0; k < T; k++) nodes.push(text(px(k), 386, String(k + 1), MIDDLE));
    nodes.push(text(right + 6, 386, `step ${t + 1}`));
    const hit = draw("rect", { x: left, y: 42, width: right - left, height: 328, fill: "transparent" });
    hit.addEventListener("pointerdown", (event) => {
      const x = event.clientX - hit.getBoundingClientRect().left;
      view.put({ step: Math.min(T, Math.max(1, Math.ceil(x / column))) });
    });
    return [...nodes, hit];
  }

  // Tapping a tile goes from none to +1 to −1.
  function bitTiles({ left, column, t }) {
    const x = get("x"), lit = new Set([...x, 1].flatMap((v, k) => (v ? [k] : [])));
    const nodes = tiles([...x.map((v) => ({ words: v ? signed(v) : "", ink: "black" })),
      { words: "?", ink: "black" }], { x: left, y: Y.input - 15, width: column, height: 30, lit });
    const taps = [...x, 0].map((bit, k) => {
      const tap = draw("rect", { x: left + k * column, y: 2, width: column, height: 40, fill: "transparent",
        style: "cursor: pointer", "data-name": `tile-${k + 1}` });
      tap.addEventListener("pointerdown", () => (k === T - 1 ? view.put({ step: T })
        : show(k + 1, bit === 0 ? 1 : bit === 1 ? -1 : 0)));
      return tap;
    });
    return [text(left - 8, Y.input + 4, "bit shown", END), ...nodes, ...taps,
      text(left + T * column + 6, Y.input + 4, t === T - 1 ? "asked" : x[t] ? signed(x[t]) : "none")];
  }

  function row({ left, right, t, px, half }, key, label, values, ink, target = null) {
    const top = Math.max(1, ...values.map(Math.abs)), zero = Y[key];
    const nodes = [text(left - 8, zero + 4, label, END),
      text(right + 6, zero + 4, fixed(values[t])),
      line(left, zero, right, zero, { class: "grid" })];
    values.forEach((v, k) => {
      const high = (Math.abs(v) / top) * HALF;
      nodes.push(draw("rect", {
        x: px(k) - half, y: v > 0 ? zero - high : zero, width: 2 * half, height: Math.max(high, 0.8),
        fill: `var(--${ink})`, class: k === t ? "" : "soft", "data-name": `bar-${key}` }));
      const aim = target ? zero - target[k] * HALF : 0;
      if (target) nodes.push(line(px(k) - half - 2, aim, px(k) + half + 2, aim,
        { stroke: "var(--black)", "stroke-width": 1.6 }));
    });
    const bit = target?.at(-1), last = values.length - 1;
    if (bit) nodes.push(text(px(last), zero + (bit > 0 ? 16 : -6),
      judged(values[last], bit) === "remembered" ? "✓" : "✗", MIDDLE));
    return nodes;
  }

  // Who hands what to the next step: Elman h to h; Jordan α s, and y or the target.
  function links({ px, half, t }) {
    const nodes = [], forced = get("forced"), from = forced ? Y.target - HALF - 3 : Y.jordan + HALF + 3;
    const to = Y.state + (forced ? HALF + 4 : -HALF - 4);
    for (let k = 1; k < T; k++) {
      const [opacity, thick] = k === t ? [1, 2] : [0.35, 1.2];
      const look = { class: "arrow", "stroke-opacity": opacity, "stroke-width": thick };
      const flat = (y, more) => arrow(px(k - 1) + half + 1, y, px(k) - half - 1, y, { ...look, ...more });
      nodes.push(flat(Y.memory, { stroke: "var(--blue)" }));
      if (get("decay") > 0) nodes.push(flat(Y.state, { "stroke-dasharray": "2 2" }));
      nodes.push(arrow(px(k - 1), from, px(k), to,
        { ...look, stroke: forced ? "var(--black)" : "var(--blue)" }));
    }
    return nodes;
  }

  function arrow(x1, y1, x2, y2, look) {
    const turn = Math.atan2(y2 - y1, x2 - x1), wing = (by) =>
      `${x2 - 5 * Math.cos(turn + by)},${y2 - 5 * Math.sin(turn + by)}`;
    return draw("path", { d: `M${x1},${y1}L${x2},${y2}M${wing(0.5)}L${x2},${y2}L${wing(-0.5)}`, ...look });
  }

  view.refresh();
  return view.close;
}

export default { render };
