// The page on which cards are repeated: what is due today, new ones, or all, of one chapter or all.
(() => {
  "use strict";
  const store = window.rnnbookStore, { card, make, button } = window.rnnbookRecall;
  const place = document.querySelector(".review-place"), root = document.documentElement.dataset.root || "./";
  const WHAT = [["due", "due today"], ["new", "not asked yet"], ["all", "all, in any order"]];
  let queue = [], done = 0, chosen = false;

  const html = (text) => {
    const holder = document.createElement("template");
    holder.innerHTML = text;
    return [...holder.content.childNodes];
  };

  function picker(label, options) {
    const select = make("select", {}, ...options.map(([value, words]) => make("option", { value }, words)));
    return [make("label", { class: "pick" }, `${label} `, select), select];
  }

  function start(cards) {
    const today = make("p", { class: "today", role: "status" });
    const chapters = new Map(cards.map((c) => [c.chapter, c.title]));
    const [whatLabel, what] = picker("Cards", WHAT);
    const [chapterLabel, chapter] = picker("of", [["", "all chapters"], ...chapters]);
    const board = make("div", { class: "board", tabindex: "-1", role: "region", "aria-label": "Card to answer" });
    place.append(today, make("p", { class: "picks" }, whatLabel, chapterLabel, button("Shuffle", () => { shuffle(queue); show(true); }, "quiet")), board);

    function count() {
      const kept = store.get("cards"), mine = cards.filter(({ id }) => !kept[id]?.dropped);
      const n = mine.filter(({ id }) => store.isDue(kept[id])).length;
      const week = mine.filter(({ id }) => kept[id]?.memory && store.days(kept[id]) > 0 && store.days(kept[id]) <= 7).length;
      const fresh = mine.filter(({ id }) => !kept[id]?.memory).length;
      const dropped = cards.length - mine.length;
      today.textContent = `${n} due today, ${week} more within a week, ${fresh} not asked yet${dropped ? `, ${dropped} dropped` : ""}.`
        + (store.isRefused() ? ` ${store.REFUSED}` : "");
      return n;
    }

    function fill() {
      const kept = store.get("cards");
      const fits = { due: (c) => store.isDue(kept[c.id]), new: (c) => !kept[c.id], all: () => true };
      queue = cards.filter((c) => (!chapter.value || c.chapter === chapter.value) && fits[what.value](c));
      if (what.value === "all") shuffle(queue);
      done = 0;
    }

    function show(focus) {
      const next = queue[0];
      board.replaceChildren();
      if (next) {
        const where = make("p", { class: "place" }, make("a", { href: `${root}chapters/${next.chapter}.html#${next.anchor}` }, next.title), ` · ${done + 1} of ${done + queue.length}`);
        const on = () => { queue.shift(); done += 1; show(true); };
        let asked = null;
        const ways = { skipped: on, marked(good) {
          asked?.remove();
          if (good === null) return;
          asked = button("Next card", on, "main");
          node.querySelector(".marks").append(asked);
          asked.focus({ preventScroll: true });
          count();
        } };
        const node = card({ ...next, front: html(next.front), back: html(`<p>${next.back}</p>`) }, ways);
        board.append(where, node);
      } else board.append(make("p", { class: "finished" }, finished()));
      if (focus) (board.querySelector("button") || board).focus({ preventScroll: true });
    }

    function finished() {
      const kept = Object.values(store.get("cards")).filter((c) => c.memory && !c.dropped && store.days(c) > 0);
      const soonest = kept.length ? Math.min(...kept.map(store.days)) : null;
      const later = soonest === null ? "Cards come here once they were asked in a chapter. To begin here, choose “not asked yet”."
        : `The next are due ${soonest === 1 ? "tomorrow" : `in ${soonest} days`}.`;
      const none = what.value === "due" ? "Nothing is due today." : "No such card is left.";
      return `${done ? "That was the last one." : none} ${later}`;
    }

    const anew = () => { chosen = true; fill(); show(true); };
    what.addEventListener("change", anew);
    chapter.addEventListener("change", anew);
    addEventListener("keydown", (event) => {
      if (event.target.closest?.("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
      const marks = board.querySelectorAll(".marks button"), two = marks.length === 2 && marks[0].textContent === "Forgot";
      const act = { 1: two && marks[0], 2: two && marks[1], s: [...marks].find((b) => b.textContent === "Skip") }[event.key];
      if (act) { event.preventDefault(); act.click(); }
    });
    store.listen(count);
    if (!count() && !chosen) what.value = "new";
    fill();
    show(false);
  }

  function shuffle(list) {
    for (let k = list.length - 1; k > 0; k--) {
      const j = Math.floor(Math.random() * (k + 1));
      [list[k], list[j]] = [list[j], list[k]];
    }
  }

  const script = document.createElement("script");
  script.src = `${root}_static/study-cards.js`;
  script.onload = () => start(window.rnnbookCards);
  script.onerror = () => place.append(make("p", {}, "The cards were not loaded. Are you offline? Open this page again with a network."));
  if (place) document.head.append(script);
})();
