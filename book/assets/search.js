// The search: a dialog on every page and the whole of search.html. MiniSearch and the entries
// (search-index.js) are loaded before this script; the index is built when it is first needed.
(() => {
  "use strict";
  const root = document.documentElement.dataset.root || "./";
  const SHOWN = 12, SHOWN_ON_PAGE = 60, BEFORE = 6, EXCERPT = 28; // results; words around a match
  // What a reader most likely wants, of two entries that match equally well.
  const WEIGHTS = {
    term: 1.8, chapter: 1.7, page: 1.3, symbol: 1.3, section: 1.1, equation: 1, exercise: 0.8,
    figure: 0.7, claim: 0.8, source: 0.7,
  };
  const CLOSING = /^(?:Summary|Exercises|Sources)/; // sections that say again what others say
  const STOP = new Set(("a an and are as at be by can do does for from how i in is it its of on or "
    + "should that the this to was we what when where which who why will with you").split(" "));

  // ---- Words ----------------------------------------------------------------------------

  const SIGNS = {
    α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", θ: "theta", λ: "lambda",
    μ: "mu", π: "pi", ρ: "rho", σ: "sigma", τ: "tau", φ: "phi", ψ: "psi", ω: "omega",
    "∂": "partial", "∇": "nabla", "⊙": "odot", "∑": "sum", "∏": "prod", "√": "sqrt", "∞": "infty",
  };
  const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}](_?)`, "gu");

  // Without case, accents, TeX and both ways to write a symbol: W_{hh}, W_hh and Whh agree.
  function simplify(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
      .replace(/\\(?:mathbf|mathrm|mathcal|operatorname|text|left|right|frac)\b/g, " ")
      .replace(/\\(?:var)?([a-z]+)/g, " $1")
      .replace(SIGN, (sign, joint) => ` ${SIGNS[sign[0]]}${joint || " "}`)
      .replace(/_\s*[{(]([^{}()]*)[})]/g, (_, inside) => `_${inside.replace(/[^\p{L}\p{N}]/gu, "")}`)
      .replace(/['’]s\b/g, "").replace(/['’]/g, "");
  }

  // One form for plurals, endings and both spellings. It need not be a word.
  const stems = new Map();
  function stem(word) {
    if (word.length < 4 || /\d/.test(word)) return word;
    if (!stems.has(word)) stems.set(word, shorten(word));
    return stems.get(word);
  }
  const shorten = (word) => word.replace(/is(ation|[ei]\w*)$/, "iz$1")
    .replace(/ys(e|ed|es|ing)$/, "yz$1").replace(/(behavi|col|neighb|fav|lab)our/, "$1or")
    .replace(/tre$/, "ter").replace(/rices$/, "rix").replace(/ies$/, "y").replace(/([^suia])s$/, "$1")
    .replace(/ization$/, "ize").replace(/ation$/, "ate").replace(/([aeiouy]\w+)(?:ing|ed)$/, "$1")
    .replace(/([bdfglmnprt])\1$/, "$1").replace(/e$/, "");

  function words(text, asked = false) {
    const found = [];
    for (const [raw] of simplify(text).matchAll(/\d+(?:\.\d+)+|[\p{L}\p{N}]+(?:[_-][\p{L}\p{N}]+)*/gu)) {
      const parts = raw.split(/[_-]/), whole = parts.join("");
      const spoken = parts.length > 1 && parts.every((part) => part.length > 2);
      if (!spoken || !asked || raw.includes("_")) found.push(stem(whole));
      if (spoken && (!asked || !raw.includes("_"))) found.push(...parts.map(stem));
    }
    return found;
  }

  // ---- The index ------------------------------------------------------------------------

  let made;
  function engine() {
    if (made) return made;
    const { kinds, pages, entries, synonyms } = window.rnnbookIndex;
    const documents = entries.map(([kind, page, anchor, title, text, more], id) => {
      const [address, place] = pages[page], href = root + address + (anchor && `#${anchor}`);
      const weight = WEIGHTS[kinds[kind]] * (CLOSING.test(title) ? 0.5 : 1);
      const names = [title, ...(kinds[kind] === "chapter" ? [more.match(/^Chapter \d+/)?.[0] ?? title] : [])];
      const keys = names.map((name) => words(name).join(" "));
      return { id, kind: kinds[kind], href, place, title, text, words: more, weight, keys };
    });
    const index = new window.MiniSearch({
      fields: ["title", "words", "text"], tokenize: (text) => words(text), processTerm: (term) => term,
    });
    index.addAll(documents);
    made = { index, documents, synonyms: synonyms.map(([name, other]) => [key(name), other]) };
    return made;
  }

  const key = (text) => words(text, true).join(" ");

  // The query itself, without hyphens, and with the other name of what it asks for.
  function versions(query) {
    const own = ` ${key(query)} `, found = [[query, 1]];
    if (query.includes("-")) found.push([query.replaceAll("-", ""), 0.9]);
    for (const [name, other] of engine().synonyms)
      if (own.includes(` ${name} `)) found.push([own.replace(` ${name} `, ` ${other} `), 0.8]);
    return found;
  }

  function ask(query, combineWith) {
    const { index, documents } = engine(), best = new Map();
    for (const [version, weight] of versions(query)) {
      const every = words(version, true), told = every.filter((word) => !STOP.has(word));
      const asked = told.length ? told : every, wanted = asked.join(" ");
      const results = index.search(version, {
        tokenize: () => asked, combineWith, boost: { title: 5, words: 2 },
        prefix: (term, k, terms) => term.length > 3 || (k === terms.length - 1 && term.length > 1),
        fuzzy: (term) => term.length > 4 && !/\d/.test(term) && 0.25, weights: { fuzzy: 0.2, prefix: 0.5 },
        boostDocument: (id) => documents[id].weight,
      });
      for (const { id, score, terms } of results) {
        const { keys } = documents[id], inside = ` ${keys[0]} `.includes(` ${wanted} `);
        const exact = keys.includes(wanted) ? 6 : inside ? 2 : 1;
        const total = score * exact * weight, before = best.get(id);
        const matched = [...(before?.terms || []), ...terms];
        best.set(id, { score: Math.max(total, before?.score || 0), terms: matched });
      }
    }
    return [...best].map(([id, found]) => ({ ...documents[id], ...found })).sort((a, b) => b.score - a.score);
  }

  function find(query) {
    if (!key(query)) return [];
    const all = ask(query, "AND");
    return all.length ? all : ask(query, "OR");
  }

  // ---- What is shown --------------------------------------------------------------------

  function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // The text in pieces, of which those that were found are marked.
  function marked(chunks, terms) {
    return chunks.flatMap((chunk) => {
      const hit = words(chunk).some((word) => terms.has(word));
      const [, before, inside, after] = chunk.match(/^([(“"]*)(.*?)([)”".,;:?!]*)$/su);
      return hit ? [before, element("mark", {}, inside), `${after} `] : [`${chunk} `];
    });
  }

  function excerpt(text, terms) {
    const chunks = text.split(/\s+/).filter(Boolean);
    const hits = chunks.map((chunk) => (words(chunk).some((word) => terms.has(word)) ? 1 : 0));
    const within = (at) => hits.slice(at, at + EXCERPT - BEFORE).reduce((sum, hit) => sum + hit, 0);
    const best = hits.reduce((best, hit, at) => (hit && within(at) > within(best) ? at : best), 0);
    const from = chunks.length > EXCERPT ? Math.max(0, Math.min(best - BEFORE, chunks.length - EXCERPT)) : 0;
    const part = marked(chunks.slice(from, from + EXCERPT), terms);
    return [from ? "… " : "", ...part, from + EXCERPT < chunks.length ? "…" : ""];
  }

  function option(found, id) {
    const terms = new Set(found.terms), whole = found.place.endsWith(found.title);
    const role = { role: "option", id, class: "hit", tabindex: "-1", "aria-selected": "false" };
    return element("a", { ...role, href: found.href },
      element("span", { class: "kind" }, found.kind[0].toUpperCase() + found.kind.slice(1)), " ",
      element("span", { class: "title" }, ...marked(found.title.split(/\s+/), terms)),
      ...(whole ? [] : [element("span", { class: "place" }, `${found.place} `)]),
      element("span", { class: "excerpt" }, ...excerpt(found.text, terms)));
  }

  const NOTHING = "Nothing found. Try fewer or other words.";
  const count = (n) => (n === 0 ? NOTHING : `${n} result${n === 1 ? "" : "s"}`);

  // ---- The combobox ---------------------------------------------------------------------

  let boxes = 0;
  function combobox(place, limit, changed) {
    const name = `search-${++boxes}`;
    const list = element("div",
      { role: "listbox", id: `${name}-list`, class: "hits", "aria-label": "Results" });
    const input = element("input", {
      type: "search", name: "q", role: "combobox", "aria-label": "Search the book",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "go",
      placeholder: "A term, a symbol, a question",
    });
    const status = element("p", { role: "status", class: "count" });
    const more = element("p", { class: "more" });
    place.append(element("div", { role: "search", class: "ask" }, input), status, list, more);
    let at = -1; // the chosen result

    function choose(next) {
      list.children[at]?.setAttribute("aria-selected", "false");
      at = next;
      const chosen = list.children[at];
      chosen?.setAttribute("aria-selected", "true");
      chosen?.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", chosen?.id || "");
    }

    function show() {
      const results = find(input.value), rest = results.length - limit;
      list.replaceChildren(...results.slice(0, limit).map((found, k) => option(found, `${name}-${k}`)));
      input.setAttribute("aria-expanded", String(results.length > 0));
      status.textContent = input.value.trim() ? count(results.length) : "";
      const all = element("a", { href: `${root}search.html?q=${encodeURIComponent(input.value)}` },
        `All ${results.length} results`);
      more.replaceChildren(...(rest > 0 && limit === SHOWN ? [all] : []));
      choose(results.length ? 0 : -1);
      changed?.(input.value);
    }

    input.addEventListener("input", show);
    input.addEventListener("keydown", (event) => {
      const { key: pressed, isComposing } = event, n = list.children.length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[pressed];
      if (isComposing) return; // an input method is still choosing letters
      if (step && n) choose((at + step + n) % n);
      else if (pressed === "Enter" && at >= 0) list.children[at].click();
      else if (pressed === "Escape" && place.open) place.close(); // else a first press clears the field
      else return;
      event.preventDefault();
    });
    return { input, show };
  }

  // ---- The dialog and the page ----------------------------------------------------------

  let dialog, whole;
  function open() {
    if (whole) return whole.input.focus();
    if (!dialog) {
      const close = element("button", { type: "button", class: "tool", "aria-label": "Close" }, "×");
      dialog = element("dialog", { id: "search-panel", class: "search", "aria-label": "Search" }, close);
      const { input } = combobox(dialog, SHOWN);
      input.autofocus = true;
      dialog.addEventListener("click", ({ target }) => {
        if (target === dialog || target === close || target.closest("a")) dialog.close();
      });
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
    setTimeout(engine, 50); // so that the first letter need not wait for it
    const input = dialog.querySelector("input");
    input.focus();
    input.select();
  }

  function mount(place) {
    const address = new URL(location.href);
    place.replaceChildren(); // it said that the search needs JavaScript
    whole = combobox(place, SHOWN_ON_PAGE, (query) => {
      address.searchParams.set("q", query);
      try { history.replaceState(null, "", address); } catch { /* not from the disk */ }
    });
    whole.input.value = address.searchParams.get("q") || "";
    if (whole.input.value) whole.show();
    whole.input.focus();
  }

  window.rnnbookSearch = { open, mount, find };
  const place = document.getElementById("search-place");
  if (place) mount(place);
})();
