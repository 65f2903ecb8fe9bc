
// ---- One LSTM cell: the twin of lstm_cell.py -------------------------------------

const W_X = { i: 4, f: 6, g: 2, o: 0 }, W_PLAIN = 1, U_PLAIN = 0.8;

function lstmTrace(x, b_f, b_i, b_o) {
  const gate = (key, bias) => x.map((v) => sigmoid(W_X[key] * v + bias));
  const trace = { i: gate("i", b_i), f: gate("f", b_f), o: gate("o", b_o) };
  trace.g = x.map((v) => tanh(W_X.g * v));
  trace.c = [];
  trace.plain = [];
  let now = 0, other = 0;
  for (let t = 0; t < x.length; t++) {
    trace.c.push(now = trace.f[t] * now + trace.i[t] * trace.g[t]);
    trace.plain.push(other = tanh(W_PLAIN * x[t] + U_PLAIN * other));
  }
  trace.h = trace.c.map((c, t) => trace.o[t] * tanh(c));
  return trace;
}

const halfLife = (b_f) => Math.log(0.5) / Math.log(sigmoid(b_f));

// ---- The view --------------------------------------------------------------------

const sub = (letter, index) => [make("i", {}, letter), make("sub", {}, String(index))];

function render({ model, el }) {
  const keys = ["b_f", "b_i", "b_o", "x", "step"];
  const T = model.get("x").length;
  const view = stage({
    model, el, keys, paint,
    name: "one LSTM cell, step by step",
    first: "Move the forget bias from 4 down to 0 and watch how long the cell remembers the "
      + "pulse of step 2. Then walk to step 13, where the input −1 all but shuts the forget gate.",
  });
  const opening = (v) => `${fixed(v, 1)}, gate ${fixed(sigmoid(v))}`;
  const bias = (key, label, min, max) =>
    slider(view, { key, label, min, max, step: 0.1, ink: "vermilion", read: opening });
  bias("b_f", "Forget bias", -2, 6);
  bias("b_i", "Input bias", -6, 4);
  bias("b_o", "Output bias", -4, 4);
  slider(view, { key: "step", label: "Time step", min: 1, max: T, step: 1, read: (v) => `${v} of ${T}` });
  pulse();
  const move = (by) => view.put({ step: Math.min(T, Math.max(1, model.get("step") + by)) });
  buttons(view, ["◀ Step back", () => move(-1)], ["Next step ▶", () => move(1)],
    ["No pulses", () => view.put({ x: model.get("x").map(() => 0) })], ["Reset", view.reset]);

  // The input of the step under the cursor.
  function pulse() {
    const select = make("select", {}, ...[["1", "+1 (write)"], ["0", "0 (nothing)"], ["-1", "−1 (erase)"]]
      .map(([value, words]) => make("option", { value }, words)));
    const label = make("span");
    select.addEventListener("change", () => {
      const x = [...model.get("x")];
      x[model.get("step") - 1] = Number(select.value);
      view.put({ x });
    });
    view.controlled.push(() => {
      const step = model.get("step");
      select.value = String(model.get("x")[step - 1]);
      label.textContent = `Input at step ${step}`;
    });
    view.controls.append(make("label", { class: "control" }, label, select));
  }

  function paint(width) {
    const x = model.get("x"), step = model.get("step"), b_f = model.get("b_f");
    const trace = lstmTrace(x, b_f, model.get("b_i"), model.get("b_o"));
    const t = step - 1, of = (key, at = t) => (at < 0 ? 0 : trace[key][at]);
    const value = (key, at = t) => named(at === t ? key : `${key}_before`, fixed(of(key, at), 3));
    const x_t = minus(String(x[t]));
    say(view,
      [`Step ${step}, input `, named("input", x_t), ": gates ", make("i", {}, "f"), " = ", value("f"),
        ", ", make("i", {}, "i"), " = ", value("i"), ", ", make("i", {}, "o"), " = ", value("o"),
        "; candidate ", make("i", {}, "g"), " = ", value("g"), "."],
      [...sub("c", step), " = ", make("i", {}, "f"), " · ", ...sub("c", t), " + ", make("i", {}, "i"),
        " · ", make("i", {}, "g"), " = ", fixed(of("f"), 3), " × ", value("c", t - 1), " + ",
        fixed(of("i"), 3), " × ", fixed(of("g"), 3), " = ", value("c")],
      [...sub("h", step), " = ", make("i", {}, "o"), " · tanh ", ...sub("c", step), " = ",
        fixed(of("o"), 3), " × ", fixed(tanh(of("c")), 3), " = ", value("h")],
      ["The plain unit: tanh(", ...sub("x", step), " + 0.8 ", ...sub("h", t), ") = tanh(", x_t,
        " + 0.8 × ", value("plain", t - 1), ") = ", value("plain")],
      ["Without input, half of the cell state is left after log ½ / log ", make("i", {}, "f"), " = ",
        named("half_life", fixed(halfLife(b_f), 1)), " steps."]);
    const spoken = `Step ${step}: cell state ${fixed(of("c"))}, hidden state ${fixed(of("h"))}, `
      + `plain unit ${fixed(of("plain"))}. Half-life ${fixed(halfLife(b_f), 1)} steps.`;
    return { height: 400, nodes: picture(width, x, trace, t), spoken };
  }

  function picture(width, x, trace, t) {
    const left = 88, right = width - 72, column = (right - left) / T;
    const px = (k) => left + (k + 0.5) * column;
    const nodes = [draw("rect", {
      x: left + t * column, y: 2, width: column, height: 366, fill: "currentColor",
      "fill-opacity": 0.1, "data-name": "cursor",
    })];
    const bars = (values, zero, height, ink) => values.map((v, k) => draw("rect", {
      x: left + k * column + 1.5, width: column - 3, fill: `var(--${ink})`,
      y: zero - Math.max(v, 0) * height, height: Math.max(Math.abs(v) * height, 0.5),
      class: k === t ? "" : "soft",
    }));
    nodes.push(text(left - 8, 26, "input x", { "text-anchor": "end" }), ...bars(x, 22, 16, "black"),
      text(right + 8, 26, minus(String(x[t]))));
    [["forget gate", "f"], ["input gate", "i"], ["output gate", "o"]].forEach(([words, key], row) => {
      const base = 82 + row * 44;
      nodes.push(line(left, base - 32, right, base - 32, { class: "grid" }),
        line(left, base, right, base, { class: "grid" }),
        text(left - 8, base - 11, words, { "text-anchor": "end" }),
        text(right + 8, base - 11, fixed(trace[key][t])), ...bars(trace[key], base, 32, "vermilion"));
    });
    nodes.push(...states(px, left, right, trace, t));
    const hit = draw("rect", { x: left, y: 0, width: right - left, height: 370, fill: "transparent" });
    hit.addEventListener("pointerdown", (event) => {
      const at = event.clientX - hit.getBoundingClientRect().left;
      view.put({ step: Math.min(T, Math.max(1, Math.ceil(at / column))) });
    });
    return [...nodes, hit];
  }

  function states(px, left, right, trace, t) {
    const all = [...trace.c, ...trace.plain], top = Math.max(1, Math.ceil(Math.max(...all) * 2) / 2);
    const low = Math.min(-0.5, Math.floor(Math.min(...all) * 2) / 2);
    const py = scale(low, top, 366, 196), nodes = [], ends = [];
    for (const v of ticks(low, top, 5))
      nodes.push(line(left, py(v), right, py(v), { class: v === 0 ? "zero" : "grid" }),
        text(left - 8, py(v) + 4, minus(String(v)), { "text-anchor": "end" }));
    for (let k = 0; k < T; k += 3)
      nodes.push(text(px(k), 384, String(k + 1), { "text-anchor": "middle" }));
    nodes.push(text(right + 8, 384, "time step"));
    const looks = [["plain", "plain unit", { stroke: "var(--blue)" }],
      ["h", "hidden h", { stroke: "var(--vermilion)", "stroke-dasharray": "6 4" }],
      ["c", "cell c", { stroke: "var(--vermilion)" }]];
    for (const [key, words, look] of looks) {
      nodes.push(path(trace[key].map((v, k) => [px(k), py(v)]), { class: "line", "data-name": `line-${key}`, ...look }),
        draw("circle", { cx: px(t), cy: py(trace[key][t]), r: 4, fill: look.stroke }));
      ends.push({ x: right + 4, y: py(trace[key][T - 1]), words });
    }
    return nodes.concat(lineEnds(ends, 200, 366));
  }

  view.refresh();
  return view.close;
}

export default { render };
