
// ---- Two GRU units: the twin of gru_cell.py --------------------------------------

const W_XN = [2.5, 0], W_XZ = -2, OWN = 0.6;

const candidateMatrix = (cross) => [[OWN, -cross], [cross, OWN]];

const readMatrix = (W_hn, r, form) =>
  W_hn.map((row, i) => row.map((w, j) => w * (form === "before" ? r[j] : r[i])));

function gruTrace(x, b_r1, b_r2, b_z, cross, form, turned = false) {
  const r = [sigmoid(b_r1), sigmoid(b_r2)], A = readMatrix(candidateMatrix(cross), r, form);
  const keep = x.map((v) => sigmoid(W_XZ * v + b_z)).map((k) => (turned ? 1 - k : k));
  const n = [], states = [];
  let h = [0, 0];
  x.forEach((v, t) => {
    const fresh = A.map((row, k) => tanh(W_XN[k] * v + (row[0] * h[0] + row[1] * h[1])));
    h = fresh.map((candidate, k) => (1 - keep[t]) * candidate + keep[t] * h[k]);
    n.push(fresh);
    states.push(h);
  });
  return { r, A, keep, n, h: states };
}

const furthest = (one, two) => Math.max(...one.flatMap((h, t) => h.map((v, k) => Math.abs(v - two[t][k]))));

// ---- The view --------------------------------------------------------------------

const END = { "text-anchor": "end" }, MIDDLE = { "text-anchor": "middle" };
const LITTLE = { style: "font-size: 12px" };
const value = (name, x) => named(name, fixed(x, 3));
const it = (letter) => make("i", {}, letter);
const sub = (letter, index) => [it(letter), make("sub", {}, String(index))];
const READ = { before: "W (r ⊙ h)", after: "r ⊙ (W h)" };
const NOTES = {
  before: ["It scales columns:", "no unit reads one", "whose gate is shut.", "Chung et al. (2014)"],
  after: ["It scales rows:", "a unit whose gate is", "shut reads none.", "torch.nn.GRU"],
};
const FORMS = { before: "before the product", after: "after the product" };

function render({ model, el }) {
  const keys = ["b_r1", "b_r2", "b_z", "cross", "form", "sign", "compare", "x", "step"];
  const T = model.get("x").length, get = (key) => model.get(key);
  const view = stage({
    model, el, keys, paint,
    name: "the GRU cell, step by step",
    first: "Unit 1 sees a pulse at step 2; its reset gate is all but closed. Set the reset gate "
      + "to “after the product” and watch unit 2: with the same weights it now hears of the pulse.",
  });
  const shownZ = (keep) => (get("sign") === "old" ? keep : 1 - keep);
  const opening = (v) => `${fixed(v, 1)}, gate ${fixed(sigmoid(v))}`;
  choice(view, { key: "form", label: "Reset gate stands", options: [
    ["before", "before the product"], ["after", "after the product"]] });
  choice(view, { key: "sign", label: "The gate z weighs", options: [
    ["old", "the old (torch)"], ["new", "the new (Chung 2014)"]] });
  const bias = (key, label, read) =>
    slider(view, { key, label, min: -4, max: 4, step: 0.1, ink: "green", read });
  bias("b_r1", "Reset bias 1", opening);
  bias("b_r2", "Reset bias 2", opening);
  bias("b_z", "Bias that keeps", (v) => `${fixed(v, 1)}, z ${fixed(shownZ(sigmoid(v)))}`);
  slider(view, { key: "cross", label: "Cross weights", min: 0, max: 2.5, step: 0.1, ink: "green",
    read: (v) => `±${fixed(v, 1)}` });
  choice(view, { key: "compare", label: "Dotted: same weights with", options: [
    ["reset", "the other reset form"], ["sign", "the other sign of z"]] });
  slider(view, { key: "step", label: "Time step", min: 1, max: T, step: 1, read: (v) => `${v} of ${T}` });
  pulse();
  const move = (by) => view.put({ step: Math.min(T, Math.max(1, get("step") + by)) });
  buttons(view, ["◀ Step back", () => move(-1)], ["Next step ▶", () => move(1)], ["Reset", view.reset]);

  // The input of the step under the cursor.
  function pulse() {
    const select = make("select", {},
      ...[["1", "+1 (writes)"], ["0", "0 (nothing)"], ["-1", "−1 (keeps more)"]].map(([bit, words]) =>
        make("option", { value: bit }, words)));
    const label = make("span");
    select.addEventListener("change", () =>
      view.put({ x: get("x").map((v, t) => (t === get("step") - 1 ? Number(select.value) : v)) }));
    view.controlled.push(() => {
      select.value = String(get("x")[get("step") - 1]);
      label.textContent = `Input at step ${get("step")}`;
    });
    view.controls.append(make("label", { class: "control" }, label, select));
  }

  function paint(width) {
    const x = get("x"), t = get("step") - 1, form = get("form");
    const weights = ["b_r1", "b_r2", "b_z", "cross"].map(get);
    const trace = gruTrace(x, ...weights, form);
    const other = get("compare") === "sign" ? gruTrace(x, ...weights, form, true)
      : gruTrace(x, ...weights, form === "before" ? "after" : "before");
    const gap = furthest(trace.h, other.h), before = t ? trace.h[t - 1] : [0, 0];
    say(view, gates(trace, t), sum(trace, before, t), mixture(trace, before, t), verdict(trace, gap, t));
    const spoken = `Step ${t + 1}: unit 1 ${fixed(trace.h[t][0])}, unit 2 ${fixed(trace.h[t][1])}. `
      + `The states differ by up to ${fixed(gap)} from ${rival()}.`;
    return { height: 446, nodes: picture(width, trace, other, t), spoken };
  }

  const rival = () => (get("compare") === "sign" ? "the other sign of z"
    : `the reset gate ${FORMS[get("form") === "before" ? "after" : "before"]}`);

  function gates({ r, keep }, t) {
    const weighs = get("sign") === "old" ? "old state" : "candidate";
    return [`Step ${t + 1}, input ${minus(String(get("x")[t]))}: reset gates `, ...sub("r", 1), " = ",
      value("r1", r[0]), ", ", ...sub("r", 2), " = ", value("r2", r[1]), "; ", it("z"),
      " = ", value("z", shownZ(keep[t])), ` weighs the ${weighs}: `, it("h"), " keeps ",
      value("keep", keep[t]), " of itself and takes ", value("write", 1 - keep[t]), " of the candidate."];
  }

  function sum({ r, n }, before, t) {
    const c = fixed(get("cross"), 1), [one, two] = before.map((v) => fixed(v, 3));
    const [g1, g2] = r.map((v) => fixed(v, 3)), values = [named("before1", one), named("before2", two)];
    const parts = get("form") === "before"
      ? [`tanh(${c} · (${g1} × `, values[0], `) + ${fixed(OWN, 1)} · (${g2} × `, values[1], "))"]
      : [`tanh(${g2} × (${c} · `, values[0], ` + ${fixed(OWN, 1)} · `, values[1], "))"];
    return ["The candidate of unit 2, which does not see the input: ", ...sub("n", 2), " = ", ...parts, " = ",
      value("n2", n[t][1]), "."];
  }

  function mixture({ n, h, keep }, before, t) {
    const z = fixed(shownZ(keep[t]), 3), old = fixed(before[1], 3), fresh = fixed(n[t][1], 3);
    const parts = get("sign") === "old" ? [`(1 − ${z}) × ${fresh} + ${z} × ${old}`]
      : [`${z} × ${fresh} + (1 − ${z}) × ${old}`];
    return [...sub("h", 2), " = ", ...parts, " = ", value("h2", h[t][1]), ". Unit 1: ", ...sub("n", 1),
      " = ", value("n1", n[t][0]), ", ", ...sub("h", 1), " = ", value("h1", h[t][0]), "."];
  }

  function verdict({ r, keep }, gap, t) {
    const distance = value("gap", gap);
    if (get("compare") === "sign")
      return [`Code with the other sign takes the same ${fixed(shownZ(keep[t]), 3)} for the share `,
        "of the other part: its states (dotted) lie up to ", distance, " away."];
    const why = get("cross") === 0
      ? "no unit reads the other, and a gate on one number commutes with its weight"
      : r[0] === r[1] ? "the two gates are equal, and one number can stand on either side of a matrix" : "";
    const place = `With the same weights and ${rival()} `;
    return why
      ? [`${place}the states differ by `, distance, `: ${why} (a bias inside the reset would part them).`]
      : [`${place}(dotted) the states lie up to `, distance, " away."];
  }

  function picture(width, trace, other, t) {
    const left = 88, right = width - 76, column = (right - left) / T;
    const px = (k) => left + (k + 0.5) * column;
    const nodes = [...panel("before", 0, width / 2 - 6, trace.r),
      ...panel("after", width / 2 + 6, width, trace.r),
      draw("rect", { x: left + t * column, y: 156, width: column, height: 260, fill: "currentColor",
        "fill-opacity": 0.1, "data-name": "cursor" })];
    const bars = (values, zero, height, ink) => values.map((v, k) => draw("rect", {
      x: left + k * column + 1.5, width: column - 3, fill: `var(--${ink})`,
      y: zero - Math.max(v, 0) * height, height: Math.max(Math.abs(v) * height, 0.5),
      class: k === t ? "" : "soft",
    }));
    const x = get("x"), z = trace.keep.map(shownZ);
    nodes.push(text(left - 8, 180, "input x", END), ...bars(x, 176, 16, "black"),
      text(right + 8, 180, minus(String(x[t]))),
      line(left, 206, right, 206, { class: "grid" }), line(left, 238, right, 238, { class: "grid" }),
      text(left - 8, 227, "update z", END), ...bars(z, 238, 32, "green"),
      text(right + 8, 220, fixed(z[t])), text(right + 8, 236, get("sign") === "old" ? "keeps" : "writes"),
      ...states(px, left, right, trace, other, t));
    const hit = draw("rect", { x: left, y: 156, width: right - left, height: 262, fill: "transparent" });
    hit.addEventListener("pointerdown", (event) => {
      const at = event.clientX - hit.getBoundingClientRect().left;
      view.put({ step: Math.min(T, Math.max(1, Math.ceil(at / column))) });
    });
    return [...nodes, hit];
  }

  // W_hn as it is read: the gate fades columns (whom nobody reads) or rows (who reads nobody).
  function panel(form, x0, x1, r) {
    const chosen = get("form") === form, cell = Math.min(64, (x1 - x0 - 74) / 2), high = 30;
    const A = readMatrix(candidateMatrix(get("cross")), r, form), left = x0 + 26, top = 70;
    const at = (k) => left + (k + 0.5) * cell, times = cell < 40 ? "" : "×";
    const nodes = [draw("rect", {
      x: x0 + 0.75, y: 0.75, width: x1 - x0 - 1.5, height: 138, rx: 6, fill: "transparent",
      stroke: chosen ? "var(--green)" : "currentColor", "stroke-width": chosen ? 2 : 1,
      "stroke-opacity": chosen ? 1 : 0.25 }),
    text(x0 + 10, 20, x1 - x0 > 290 ? `Reset ${FORMS[form]}: ${READ[form]}` : `${form}: ${READ[form]}`,
      chosen ? { "font-weight": 600 } : {})];
    if (x1 - x0 > 350)
      NOTES[form].forEach((words, k) =>
        nodes.push(text(left + 2 * cell + 56, 61 + k * 22, words, k > 2 ? { class: "soft" } : {})));
    for (const k of [0, 1]) {
      nodes.push(text(at(k), 42, under("h", k + 1), MIDDLE),
        text(left - 6, top + (k + 0.5) * high + 4, under("n", k + 1), END));
      nodes.push(form === "before" ? text(at(k), 61, `${times}${fixed(r[k])}`, { ...MIDDLE, ...LITTLE })
        : text(left + 2 * cell + 3, top + (k + 0.5) * high + 4, `${times}${fixed(r[k])}`, LITTLE));
      for (const j of [0, 1])
        nodes.push(...entry(left + j * cell, top + k * high, cell, high, A[k][j]));
    }
    const group = draw("g", { class: chosen ? "" : "soft" }, ...nodes);
    group.addEventListener("pointerdown", () => view.put({ form }));
    return [group];
  }

  const entry = (x, y, width, height, weight) => [
    draw("rect", {
      x, y, width: width - 2, height: height - 2, rx: 3, fill: `var(--${weight < 0 ? "vermilion" : "green"})`,
      "fill-opacity": Math.min(0.55, Math.abs(weight) / 2.5), stroke: "currentColor",
      "stroke-opacity": 0.3 }),
    text(x + width / 2 - 1, y + height / 2 + 3.5, fixed(weight), MIDDLE)];

  function states(px, left, right, trace, other, t) {
    const all = [...trace.h, ...other.h].flat(), low = Math.min(...all) < -0.45 ? -1 : -0.5;
    const py = scale(low, 1, 416, 262), nodes = [], ends = [];
    for (const v of ticks(low, 1, 5))
      nodes.push(line(left, py(v), right, py(v), { class: v === 0 ? "zero" : "grid" }),
        text(left - 8, py(v) + 4, minus(String(v)), END));
    for (let k = 0; k < T; k += 3) nodes.push(text(px(k), 434, String(k + 1), MIDDLE));
    nodes.push(text(right + 8, 434, "time step"));
    const word = get("compare") === "sign" ? "wrong z" : get("form") === "before" ? "after" : "before";
    for (const k of [0, 1]) {
      const points = (run) => run.h.map((h, s) => [px(s), py(h[k])]);
      nodes.push(path(points(other), { class: "line", stroke: "var(--black)", "stroke-dasharray": "1.5 4",
        "stroke-linecap": "round" }),
      path(points(trace), { class: "line", stroke: "var(--green)", "data-name": `line-${k + 1}`,
        ...(k ? { "stroke-dasharray": "8 4" } : {}) }),
      draw("circle", { cx: px(t), cy: py(trace.h[t][k]), r: 4, fill: "var(--green)" }));
      ends.push({ x: right + 4, y: py(trace.h[T - 1][k]), words: `unit ${k + 1}` });
      if (Math.abs(other.h[T - 1][k] - trace.h[T - 1][k]) > 0.03)
        ends.push({ x: right + 4, y: py(other.h[T - 1][k]), words: `${k + 1}, ${word}` });
    }
    return nodes.concat(lineEnds(ends, 262, 416));
  }

  view.refresh();
  return view.close;
}

export default { render };
