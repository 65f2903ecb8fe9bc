// The questions at the end of a chapter, one at a time: answer, read why, go on. At the end
// stands the score, and the missed ones can be tried again. There is no clock.

const PASSED = 0.75; // share of right answers from which a quiz counts as passed

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// What the book's own tools wrote: text, code and formulas.
function html(text) {
  const holder = document.createElement("template");
  holder.innerHTML = text;
  return holder.content;
}

const same = (a, b) => a.length === b.length && a.every((v, k) => v === b[k]);

// A number as people write it: 0.5, 0,5, −3, 1e-4, 1/3. NaN for anything else.
function number(text) {
  const plain = text.trim().replace(/\u2212/g, "-").replace(/,(?=\d)/, ".").replace(/\s+/g, "");
  const parts = plain.split("/");
  const values = parts.map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : NaN));
  return parts.length > 2 ? NaN : values.reduce((a, b) => a / b);
}

// What an answer is worth: {right, says}, with what the given answer has to be told.
function judge(question, given) {
  const { kind, right, options, wrong, lines, tolerance, steps } = question;
  if (kind === "numeric") {
    const far = (v) => Math.abs(number(given) - v);
    if (far(right) <= tolerance) return { right: true, says: [] };
    const known = wrong.filter(({ value }) => far(value) <= Math.max(tolerance, Math.abs(value) / 100))
      .sort((a, b) => far(a.value) - far(b.value))[0];
    return { right: false, says: known ? [known.why] : [] };
  }
  if (kind === "order") {
    const first = right.findIndex((step, k) => given[k] !== step);
    if (first < 0) return { right: true, says: [] };
    return { right: false, says: [`Step ${first + 1} is: ${steps[right[first]]}`] };
  }
  if (kind === "line") return { right: same(given, right), says: lines[given[0]] ? [lines[given[0]]] : [] };
  const says = given.filter((k) => !right.includes(k)).map((k) => options[k].why);
  const left = right.filter((k) => !given.includes(k));
  if (kind === "multiple") says.push(...left.map((k) => `Also right: ${options[k].text}`));
  return { right: same(given, right), says };
}

// ---- Ways to answer: each gives the form's parts, what was given (or null), and the marking.

function choice(question, name) {
  const type = question.kind === "multiple" ? "checkbox" : "radio";
  const list = make("div", { class: "options" });
  const inputs = question.options.map((option, k) => {
    const input = make("input", { type, name, value: k });
    const words = question.kind === "output" ? make("pre", {}, option.text) : make("span", {}, html(option.text));
    list.append(make("label", { class: "option" }, input, words));
    return input;
  });
  return picking(question, list, inputs, (k) => k);
}

function codeLines(question, name) {
  const list = make("div", { class: "options code" });
  const filled = question.code.map((text, k) => [text, k + 1]).filter(([text]) => text.trim());
  const inputs = filled.map(([text, n]) => {
    const input = make("input", { type: "radio", name, value: n });
    list.append(make("label", { class: "option" }, input, make("span", { class: "n" }, String(n)), make("pre", {}, text)));
    return input;
  });
  return picking(question, list, inputs, (k) => filled[k][1]);
}

function picking(question, list, inputs, value) {
  return {
    node: list,
    read() {
      const given = inputs.flatMap((input, k) => (input.checked ? [value(k)] : []));
      return given.length ? given : null;
    },
    mark() {
      inputs.forEach((input, k) => {
        const right = question.right.includes(value(k));
        if (right) input.parentNode.append(make("b", { class: "verdict" }, "✓ right"));
        else if (input.checked) input.parentNode.append(make("b", { class: "verdict" }, "✗ not right"));
        input.parentNode.classList.toggle("is-right", right);
        input.parentNode.classList.toggle("is-wrong", input.checked && !right);
      });
    },
  };
}

function numeric(question, name) {
  const input = make("input", { type: "text", inputmode: "decimal", autocomplete: "off", name, "aria-label": "Your number" });
  const node = make("p", { class: "number" }, "Your number: ", input);
  return {
    node,
    read: () => (Number.isNaN(number(input.value)) ? null : input.value),
    mark() { node.append(make("b", { class: "verdict" }, ` The answer is ${question.shown}.`)); },
  };
}

function order(question) {
  const list = make("ol", { class: "steps" });
  let moved = false, now = question.steps.map((_, k) => k);
  const heard = make("p", { class: "heard", role: "status" });
  function show(focus) {
    list.replaceChildren(...now.map((step, k) => {
      const up = move(step, k, -1, "up", "▲"), down = move(step, k, 1, "down", "▼");
      return make("li", {}, make("span", {}, html(question.steps[step])), make("span", { class: "moves" }, up, down));
    }));
    if (focus) list.children[focus.at]?.querySelectorAll("button")[focus.way].focus();
  }
  function move(step, k, by, name, sign) {
    const button = make("button", { type: "button", "aria-label": `Move ${name}: step ${k + 1}` }, sign);
    if (k + by < 0 || k + by >= now.length) button.setAttribute("aria-disabled", "true");
    else button.addEventListener("click", () => {
      [now[k], now[k + by]] = [now[k + by], now[k]];
      moved = true;
      heard.textContent = `Now step ${k + by + 1} of ${now.length}`;
      show({ at: k + by, way: by > 0 ? 1 : 0 });
    });
    return button;
  }
  show();
  return {
    node: make("div", {}, list, heard),
    read: () => (moved ? now : null),
    mark() { now = question.right; show(); list.classList.add("is-right"); },
  };
}

const WAYS = { single: choice, multiple: choice, output: choice, line: codeLines, numeric, order };
const ASK = {
  single: "Choose one.",
  multiple: "Choose all that are right.",
  output: "Choose what is printed.",
  line: "Choose a line.",
  numeric: "Type a number, such as 0.5 or 1/3.",
  order: "Put the steps in order with the arrows.",
};

// ---- The quiz ----------------------------------------------------------------------------

function render({ model, el }) {
  const questions = model.get("questions"), name = model.get("name");
  const site = document.documentElement.dataset.root || model.get("site");
  const board = make("div", { class: "question" });
  const root = make("section", { class: "rnnquiz", "aria-label": `Quiz: ${model.get("title")}` }, board);
  // JupyterLab would take keys for itself.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const right = new Map(); // id -> whether it was answered right, in this round
  let round = [], at = 0, first = true;

  const place = ({ page, anchor, title }) => make("a", { href: `${site}${page}.html#${anchor}` }, title);
  const button = (words, act, look = "plain") => {
    const node = make("button", { type: "button", class: look }, words);
    node.addEventListener("click", act);
    return node;
  };

  function begin(chosen, whole) {
    round = chosen;
    first = whole;
    at = 0;
    right.clear();
    ask(el.contains(document.activeElement));
  }

  function go() {
    at += 1;
    if (at < round.length) ask(true);
    else finish();
  }

  function ask(focus) {
    const question = round[at], way = WAYS[question.kind](question, `q-${name}-${question.id}`);
    const says = make("div", { class: "feedback", role: "status" });
    const check = make("button", { type: "submit", class: "main" }, "Check");
    const skip = button("Skip", go);
    const legend = make("legend", { tabindex: "-1" }, make("span", { class: "which" }, `Question ${at + 1} of ${round.length}`),
      html(question.question));
    const field = make("fieldset", {}, legend);
    if (question.code && question.kind !== "line") field.append(make("pre", { class: "shown", tabindex: "0" }, question.code.join("\n")));
    field.append(make("p", { class: "ask" }, ASK[question.kind]), way.node);
    const form = make("form", { novalidate: "" }, field, says, make("p", { class: "buttons" }, check, skip));
    let answered = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (answered) return go();
      const given = way.read();
      if (given === null) { says.replaceChildren(make("p", {}, `Nothing to check yet. ${ASK[question.kind]}`)); return; }
      answered = true;
      const verdict = judge(question, given);
      right.set(question.id, verdict.right);
      way.mark();
      field.disabled = true;
      says.replaceChildren(
        make("p", { class: verdict.right ? "yes" : "no" }, make("b", {}, verdict.right ? "Right. " : "Not right. "), ...verdict.says.flatMap((text) => [html(text), " "])),
        make("p", {}, html(question.why)),
        make("p", {}, "Where it stands: ", place(question.place)));
      check.textContent = at + 1 < round.length ? "Next question" : "See the result";
      skip.remove();
      check.focus({ preventScroll: true });
    });
    board.replaceChildren(form);
    if (focus) legend.focus({ preventScroll: true });
  }

  function finish() {
    const missed = round.filter(({ id }) => !right.get(id)), n = round.length - missed.length;
    const needed = Math.ceil(PASSED * round.length), passed = n >= needed;
    const verdict = !first ? "" : passed ? " Passed." : ` ${needed} are needed to pass.`;
    if (first) {
      model.set("result", { right: n, of: round.length, passed, missed: missed.map(({ id }) => id) });
      model.save_changes();
      el.dispatchEvent(new CustomEvent("rnnbook-quiz", { bubbles: true, detail: { name, right: n, of: round.length, passed } }));
    }
    const head = make("p", { class: "score", tabindex: "-1" }, make("b", {}, `${n} of ${round.length} right.`), verdict,
      missed.length ? " Missed or skipped, and worth another look:" : " Nothing is left to repeat.");
    const list = make("ul", { class: "review" }, ...missed.map((question) =>
      make("li", {}, html(question.question), " ", place(question.place))));
    const row = make("p", { class: "buttons" });
    if (missed.length) row.append(button(missed.length > 1 ? `Try these ${missed.length} again` : "Try this one again", () => begin(missed, false), "main"));
    row.append(button("All questions again", () => begin(questions, true)));
    board.replaceChildren(head, ...(missed.length ? [list] : []), row);
    head.focus({ preventScroll: true });
  }

  el.append(root);
  begin(questions, true);
}

export default { render };
