// What was read, passed, asked and done; how to take it along, and how to forget it.
(() => {
  "use strict";
  const store = window.rnnbookStore;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function button(words, act) {
    const node = make("button", { type: "button" }, words);
    node.addEventListener("click", act);
    return node;
  }

  // ---- The table of chapters and the paths -----------------------------------------------------

  function fill() {
    const read = new Set(store.get("read")), quizzes = store.get("quizzes"), sheets = new Set(store.get("sheets"));
    const cards = Object.values(store.get("cards")).filter((card) => !card.dropped && card.memory);
    for (const row of all("[data-progress]")) {
      const slug = row.dataset.progress, quiz = quizzes[slug], mine = cards.filter((card) => card.chapter === slug);
      const due = mine.filter(store.isDue).length;
      const cells = {
        read: read.has(`chapters/${slug}`) ? "read" : "",
        quiz: quiz ? `${quiz.right} of ${quiz.of}${quiz.passed ? ", passed" : ""}` : "",
        cards: mine.length ? `${mine.length} of ${row.dataset.cards}${due ? `, ${due} due` : ""}` : "",
        sheet: sheets.has(slug) ? "done" : "",
      };
      for (const [name, words] of Object.entries(cells)) row.querySelector(`[data-cell="${name}"]`).textContent = words || "–";
    }
    for (const path of all("[data-path]")) {
      const pages = path.dataset.path.split(" "), n = pages.filter((page) => read.has(page)).length;
      path.textContent = n === pages.length ? "All of it is read." : n ? `${n} of ${pages.length} read.` : "Not begun.";
    }
  }

  // ---- Export, import, reset -------------------------------------------------------------------

  function keeping(place) {
    const said = make("p", { class: "said", role: "status" });
    const file = make("input", { type: "file", accept: ".json,application/json" });
    const words = store.isRefused()
      ? `${store.REFUSED} Everything else works.` : "Your progress is kept in this browser only. Nothing is sent anywhere.";

    function save() {
      const link = make("a", { download: `rnnbook-${new Date().toISOString().slice(0, 10)}.json`,
        href: URL.createObjectURL(new Blob([store.exported()], { type: "application/json" })) });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      said.textContent = "Saved as a file. Import it in another browser, or here if what was kept is gone.";
    }

    file.addEventListener("change", async () => {
      if (!file.files.length) return;
      const { name } = file.files[0];
      try {
        store.imported(await file.files[0].text());
        said.textContent = `Imported ${name}. What was here before is still there.`;
      } catch (error) {
        said.textContent = `${name} was not imported, and nothing was changed. ${error.message}.`;
      }
      file.value = "";
    });

    const row = make("p", { class: "keep-row" });
    const rest = () => row.replaceChildren(button("Export", save),
      make("label", { class: "file" }, "Import ", file), button("Forget everything", sure));
    function sure() {
      row.replaceChildren("Forget what was read, marked and done in this browser? ", button("Yes, forget it", () => {
        store.reset();
        rest();
        said.textContent = "Forgotten.";
        row.querySelector("button").focus();
      }), button("No", () => { rest(); row.querySelector("button").focus(); }));
      row.querySelectorAll("button")[1].focus();
    }
    rest();
    place.append(make("p", {}, words), row, said);
  }

  // ---- A sheet of exercises is done when its reader says so ------------------------------------

  function sheet(place) {
    const slug = place.dataset.sheet, box = make("input", { type: "checkbox" });
    box.checked = store.get("sheets").includes(slug);
    box.addEventListener("change", () => {
      const others = store.get("sheets").filter((one) => one !== slug);
      store.put("sheets", box.checked ? [...others, slug] : others);
    });
    place.append(make("label", {}, box, " I have done this sheet"));
  }

  for (const place of all(".keep-place")) keeping(place);
  for (const place of all(".sheet-done")) sheet(place);
  fill();
  store.listen(fill);
})();
