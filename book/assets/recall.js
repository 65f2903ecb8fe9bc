// Cards: a question, the answer on demand, and one tap that says whether it was known. A card
// stays where it stands. A forgotten one comes back once, at the end of the page.
(() => {
  "use strict";
  const store = window.rnnbookStore;
  const QUICK = 350; // milliseconds in which a second tap on the same place is no answer

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function button(words, act, look = "") {
    const node = make("button", { type: "button", class: look }, words);
    node.addEventListener("click", act);
    return node;
  }

  const when = (n) => (n < 1 ? "again today" : n === 1 ? "again tomorrow" : `again in ${n} days`);

  // A card as the reader meets it. `marked(good)` and `skipped()` tell what was done with it.
  function card({ id, chapter, front, back }, { marked = () => {}, skipped = null } = {}) {
    const answer = make("div", { class: "back", hidden: "" }, ...back);
    const row = make("div", { class: "marks" }), note = make("span", { class: "note", role: "status" });
    const question = make("div", { class: "front" }, ...front);
    const node = make("div", { class: "card is-live", "data-card": id, "data-chapter": chapter, role: "group", "aria-label": "Card" }, question, row, answer);
    let shown = 0;

    function rest() {
      const kept = store.get("cards")[id];
      answer.hidden = true;
      if (kept?.dropped) {
        note.textContent = "Dropped from your deck.";
        row.replaceChildren(note, button("Take it back", () => { store.drop(id, chapter, false); rest(); focus(); }, "quiet"));
        if (skipped) row.append(button("Skip", skipped, "quiet"));
        return;
      }
      note.textContent = kept?.memory && !store.isDue(kept) ? `Asked ${when(store.days(kept))}.` : "";
      row.replaceChildren(button("Show the answer", show, "main"), note);
      if (skipped) row.append(button("Skip", skipped, "quiet"));
      row.append(button("Drop", () => { store.drop(id, chapter, true); rest(); focus(); }, "quiet"));
    }

    const focus = () => row.querySelector("button").focus({ preventScroll: true });

    function show() {
      answer.hidden = false;
      shown = performance.now();
      row.replaceChildren(button("Forgot", () => mark(false)), button("Remembered", () => mark(true)));
      focus();
    }

    async function mark(good) {
      if (performance.now() - shown < QUICK) return;
      try {
        const { before, days } = await store.mark(id, chapter, good);
        const words = `${good ? "Remembered" : "Forgot"}: asked ${when(days)}.`;
        note.textContent = words;
        row.replaceChildren(note, button("Undo", () => { store.setCard(id, before); rest(); focus(); marked(null); }, "quiet"));
        focus();
        marked(good);
      } catch (error) {
        note.textContent = "This mark could not be kept, since a part of the page is missing. Load the page again with a network.";
        row.append(note);
        console.error(error);
      }
    }

    question.addEventListener("click", (event) => {
      if (event.target.closest("a") || getSelection().toString()) return;
      if (answer.hidden && row.querySelector(".main")) show();
    });
    rest();
    return node;
  }

  // The cards of a chapter, from what the page has for browsers without a script.
  const again = document.querySelector(".recall.again"), returned = new Map();

  function comeBack(data, good) {
    if (good === false && again && !returned.has(data.id)) {
      const copy = { ...data, front: data.front.map((n) => n.cloneNode(true)), back: data.back.map((n) => n.cloneNode(true)) };
      const node = card(copy);
      returned.set(data.id, node);
      again.append(node);
    } else if (good === null) {
      returned.get(data.id)?.remove();
      returned.delete(data.id);
    }
    if (again) again.hidden = !returned.size;
  }

  for (const place of document.querySelectorAll(".recall .card")) {
    const data = {
      id: place.dataset.card, chapter: place.dataset.chapter,
      front: [...place.querySelector("summary").childNodes], back: [...place.querySelector(".back").childNodes],
    };
    place.replaceWith(card(data, { marked: (good) => comeBack(data, good) }));
  }
  const first = document.querySelector(".recall");
  if (first && store.isRefused()) first.append(make("p", { class: "note" },
    store.REFUSED));

  window.rnnbookRecall = { card, make, button };
})();
