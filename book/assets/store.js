// What a reader's browser keeps of the book: chapters read, cards and when they are due, results
// of quizzes, sheets done. Nothing is sent anywhere. When storage is refused, all of it works
// until the page is left.
(() => {
  "use strict";
  const root = document.documentElement.dataset.root || "./";
  const KIND = "rnnbook", VERSION = 1, LARGEST = 5e6; // characters of an import
  const DAY = 86400000;
  const REFUSED = "This browser keeps nothing for the book (a private window, or storage is switched off): "
    + "what you mark is forgotten when you leave the page.";
  const EMPTY = { read: [], cards: {}, quizzes: {}, sheets: [] };
  const memory = new Map(), heard = new Set(); // memory: what could not be stored
  let refused = false;

  // ---- Storage ----------------------------------------------------------------------------

  try {
    localStorage.setItem("probe", "1");
    localStorage.removeItem("probe");
  } catch { refused = true; }

  const raw = (part) => {
    if (memory.has(part)) return memory.get(part);
    try { return localStorage.getItem(part); } catch { return null; }
  };

  function get(part) {
    const text = raw(part);
    if (text === null) return structuredClone(EMPTY[part]);
    try {
      const value = JSON.parse(text);
      CHECKS[part](value);
      return value;
    } catch {
      keep(`${part}-damaged`, text); // what cannot be read is set aside, not overwritten
      keep(part, JSON.stringify(EMPTY[part]));
      return structuredClone(EMPTY[part]);
    }
  }

  function keep(key, text) {
    try {
      if (refused) throw new Error("refused");
      localStorage.setItem(key, text);
      memory.delete(key);
    } catch {
      refused = true;
      memory.set(key, text);
    }
  }

  function put(part, value) {
    keep(part, JSON.stringify(value));
    for (const f of heard) f();
  }

  // ---- What may stand in each part: an error says what came and what was expected ------------

  const wrong = (where, value, expected) => {
    const text = JSON.stringify(value) ?? "nothing";
    throw new Error(`${where} is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}; expected ${expected}`);
  };
  const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
  const isDate = (v) => typeof v === "string" && /^\d{4}-\d\d-\d\dT/.test(v) && !Number.isNaN(Date.parse(v));
  const within = (v, low, high) => typeof v === "number" && v >= low && v <= high;
  const NAME = /^[\w/-]{1,120}$/;

  function names(part) {
    return (value) => {
      if (!Array.isArray(value)) wrong(part, value, "a list");
      for (const one of value) if (typeof one !== "string" || !NAME.test(one)) wrong(`an entry of ${part}`, one, "a name");
    };
  }

  function each(part, check) {
    return (value) => {
      if (!isObject(value)) wrong(part, value, "an object");
      for (const [id, one] of Object.entries(value)) {
        if (!NAME.test(id)) wrong(`a name in ${part}`, id, "letters, digits and hyphens");
        if (!isObject(one)) wrong(`${part}: ${id}`, one, "an object");
        check(one, `${part}: ${id}`);
      }
    };
  }

  function checkCard(card, where) {
    if (typeof card.chapter !== "string" || !NAME.test(card.chapter)) wrong(`${where}, chapter`, card.chapter, "a chapter");
    if (!isDate(card.when)) wrong(`${where}, when`, card.when, "a date");
    if (card.dropped !== undefined && typeof card.dropped !== "boolean") wrong(`${where}, dropped`, card.dropped, "true or false");
    if (card.memory === undefined && card.dropped) return;
    const kept = card.memory;
    if (!isObject(kept)) wrong(`${where}, memory`, kept, "an object");
    for (const key of ["due", "last_review"]) if (!isDate(kept[key])) wrong(`${where}, ${key}`, kept[key], "a date");
    const limits = { stability: [0, 1e5], difficulty: [0, 10], reps: [1, 1e6], lapses: [0, 1e6], state: [0, 3], scheduled_days: [0, 1e5] };
    for (const [key, [low, high]] of Object.entries(limits))
      if (!within(kept[key], low, high)) wrong(`${where}, ${key}`, kept[key], `a number from ${low} to ${high}`);
  }

  function checkQuiz(quiz, where) {
    if (!within(quiz.of, 1, 1000)) wrong(`${where}, of`, quiz.of, "a number of questions");
    if (!within(quiz.right, 0, quiz.of)) wrong(`${where}, right`, quiz.right, `a number up to ${quiz.of}`);
    if (typeof quiz.passed !== "boolean") wrong(`${where}, passed`, quiz.passed, "true or false");
    if (!isDate(quiz.when)) wrong(`${where}, when`, quiz.when, "a date");
  }

  const CHECKS = { read: names("read"), sheets: names("sheets"), cards: each("cards", checkCard), quizzes: each("quizzes", checkQuiz) };

  // ---- Cards: when they come back -----------------------------------------------------------

  let loading = null;
  function scheduler() {
    loading ||= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `${root}_static/ts-fsrs.js`;
      script.onload = () => done(window.FSRS);
      script.onerror = () => { loading = null; failed(new Error(`${script.src} was not loaded`)); };
      document.head.append(script);
    });
    return loading;
  }

  // In days, without the steps of minutes that a single sitting would need.
  async function mark(id, chapter, good) {
    const { fsrs, Rating, createEmptyCard } = await scheduler();
    const cards = get("cards"), now = new Date(), before = cards[id] ?? null;
    const last = before?.memory;
    const card = last ? { ...last, due: new Date(last.due), last_review: new Date(last.last_review) } : createEmptyCard(now);
    const plan = fsrs({ enable_short_term: false, enable_fuzz: false });
    const { card: next } = plan.next(card, now, good ? Rating.Good : Rating.Again);
    cards[id] = { chapter, when: now.toISOString(), memory: JSON.parse(JSON.stringify(next)) };
    put("cards", cards);
    return { before, days: days(cards[id]) };
  }

  function setCard(id, card) {
    const cards = get("cards");
    if (card) cards[id] = card;
    else delete cards[id];
    put("cards", cards);
  }

  function drop(id, chapter, dropped) {
    const kept = get("cards")[id] ?? { chapter };
    if (!dropped && !kept.memory) return setCard(id, null);
    setCard(id, { ...kept, dropped, when: new Date().toISOString() });
  }

  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  // Whole days from today until a card is due; 0 or less: it is due.
  const days = (card) => Math.round((midnight(card.memory.due) - midnight(Date.now())) / DAY);
  const isDue = (card) => Boolean(card?.memory) && !card.dropped && days(card) <= 0;
  const due = () => Object.entries(get("cards")).filter(([, card]) => isDue(card)).map(([id]) => id);

  // ---- Out and in ---------------------------------------------------------------------------

  const exported = () => JSON.stringify({ [KIND]: VERSION, saved: new Date().toISOString(),
    ...Object.fromEntries(Object.keys(EMPTY).map((part) => [part, get(part)])) }, null, 1);

  // What a file holds, or an error that says why it is not taken.
  function parse(text) {
    let data;
    if (text.length > LARGEST) throw new Error(`The file has ${text.length} characters; expected at most ${LARGEST}`);
    try { data = JSON.parse(text); } catch { throw new Error("The file is not complete, or no export: it cannot be read as JSON"); }
    if (!isObject(data) || !(KIND in data)) throw new Error("The file was not exported from this book");
    if (data[KIND] !== VERSION) wrong(`The version of the file`, data[KIND], String(VERSION));
    for (const part of Object.keys(EMPTY)) CHECKS[part](data[part] ?? EMPTY[part]);
    return data;
  }

  // What the file adds is taken; of two states of the same thing, the later or better one.
  function imported(text) {
    const data = parse(text), newer = (a, b) => (a && a.when >= b.when ? a : b);
    for (const part of ["read", "sheets"]) put(part, [...new Set([...get(part), ...(data[part] ?? [])])]);
    const cards = get("cards"), quizzes = get("quizzes");
    for (const [id, card] of Object.entries(data.cards ?? {})) cards[id] = newer(cards[id], card);
    for (const [id, quiz] of Object.entries(data.quizzes ?? {})) quizzes[id] = better(quizzes[id], quiz);
    put("cards", cards);
    put("quizzes", quizzes);
  }

  const better = (a, b) => (a && a.right / a.of >= b.right / b.of ? a : b);

  function reset() {
    for (const part of [...Object.keys(EMPTY), "last"])
      for (const key of [part, `${part}-damaged`]) {
        memory.delete(key);
        try { localStorage.removeItem(key); } catch { /* nothing is kept */ }
      }
    for (const f of heard) f();
  }

  addEventListener("rnnbook-quiz", ({ detail: { name, right, of, passed } }) => {
    const quizzes = get("quizzes");
    quizzes[name] = better(quizzes[name], { right, of, passed, when: new Date().toISOString() });
    put("quizzes", quizzes);
  });
  addEventListener("storage", () => heard.forEach((f) => f()));

  window.rnnbookStore = { get, put, mark, setCard, drop, days, isDue, due, scheduler, exported, imported, reset,
    REFUSED, listen: (f) => heard.add(f), isRefused: () => refused };
})();
