// What every page does: the bar steps aside, the contents open, light turns dark, code is
// copied, and the browser remembers what was read. All of it works without, too.
(() => {
  "use strict";
  const html = document.documentElement, root = html.dataset.root || "./";
  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // What the first screen does not need comes after it.
  const own = document.currentScript;
  addEventListener("load", () => {
    for (const name of own.dataset.then.split(" ").filter(Boolean)) {
      const script = document.createElement("script");
      script.src = new URL(name, own.src).href;
      script.async = false; // in their order
      document.head.append(script);
    }
  });

  // Storage may be refused; then nothing is kept and everything else goes on.
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
    list(key) { try { return JSON.parse(kept.get(key)) || []; } catch { return []; } },
  };

  function load(...files) {
    return files.reduce((before, file) => before.then(() => new Promise((done, failed) => {
      if ($(`script[src="${root}_static/${file}"]`)) return done();
      const script = document.createElement("script");
      script.src = `${root}_static/${file}`;
      script.onload = done;
      script.onerror = () => failed(new Error(`${script.src} was not loaded`));
      document.head.append(script);
    })), Promise.resolve());
  }
  if (location.protocol === "file:") load("disk-fonts.js").catch(() => {});

  // ---- Light and dark -------------------------------------------------------------------

  const themes = $("#switch-theme");
  themes.hidden = false;
  const turn = () => {
    html.dataset.theme = html.dataset.theme === "dark" ? "light" : "dark";
    kept.set("theme", html.dataset.theme);
  };
  themes.addEventListener("click", turn);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) => {
    if (!kept.get("theme")) html.dataset.theme = matches ? "dark" : "light";
  });

  // ---- Contents and search --------------------------------------------------------------

  const panel = $("#contents-panel");
  function openContents() {
    if (panel.open) return;
    const here = $("[aria-current]", panel)?.parentElement, sections = $(".sections ul");
    if (here && sections && !$(".here", panel)) {
      const copy = sections.cloneNode(true);
      copy.className = "here";
      here.append(copy);
      here.style.flexWrap = "wrap";
    }
    panel.showModal();
    here?.scrollIntoView({ block: "center", behavior: "instant" });
  }
  $("#open-contents").addEventListener("click", (event) => { event.preventDefault(); openContents(); });
  panel.addEventListener("click", (event) => {
    const box = panel.getBoundingClientRect(), aside = event.clientX > box.right;
    if (event.target.closest("a, [data-close]") || (event.target === panel && aside)) panel.close();
  });

  const search = $("#open-search");
  let opening = false; // what is typed meanwhile is no command
  async function openSearch() {
    opening = true;
    try {
      await load("minisearch.js", "search-index.js", "search.js");
      window.rnnbookSearch.open();
    } catch {
      location.href = search.href;
    } finally {
      opening = false;
    }
  }
  search.addEventListener("click", (event) => { event.preventDefault(); openSearch(); });

  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog, .rnnlive");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (opening) { event.preventDefault(); return; }
    const act = { "/": openSearch, c: openContents, d: turn }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // ---- The bar and the list of sections -------------------------------------------------

  const bar = $(".bar"), links = all(".sections a");
  const goals = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let before = scrollY, queued = false;
  function onScroll() {
    queued = false;
    const now = scrollY;
    if (Math.abs(now - before) > 6) {
      bar.classList.toggle("away", now > before && now > 200);
      before = now;
    }
    const current = goals.findLastIndex((goal) => goal?.getBoundingClientRect().top < 140);
    links.forEach((link, k) => {
      if (k === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
  addEventListener("scroll", () => { if (!queued) { queued = true; requestAnimationFrame(onScroll); } },
    { passive: true });

  // ---- Code, and what is wider than the screen ------------------------------------------

  for (const block of all(".cell_input .highlight, article > section [class*='highlight-'] > .highlight")) {
    if (block.closest(".cell_output")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText($("pre", block).textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren($("pre", block));
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.append(button);
  }

  // What scrolls sideways can be reached and scrolled by keyboard. Whether it does is asked when it
  // comes near: asking all boxes at once would lay out the whole page before its first lines show.
  const boxes = all("article pre, .formula, .scroll, .text_html"), met = new Set();
  const reach = (box) => {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen)
      if (isIntersecting && !met.has(target)) { met.add(target); reach(target); }
  }, { rootMargin: "300px 0px" });
  for (const box of boxes) { box.tabIndex = 0; near.observe(box); }
  addEventListener("resize", () => met.forEach(reach), { passive: true });
  addEventListener("beforeprint", () => { for (const fold of all("article details")) fold.open = true; });

  // ---- What was read --------------------------------------------------------------------

  const page = html.dataset.page, read = new Set(kept.list("read"));
  const end = $(".turn");
  if (document.body.classList.contains("chapter")) {
    kept.set("last", JSON.stringify([page, $("h1").textContent.replace(/#$/, "").trim()]));
    if (end) new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      read.add(page);
      kept.set("read", JSON.stringify([...read]));
    }).observe(end);
  }
  const midnight = new Date().setHours(24, 0, 0, 0), due = {};
  for (const card of Object.values(kept.list("cards")))
    if (!card?.dropped && Date.parse(card?.memory?.due) < midnight)
      due[`chapters/${card.chapter}`] = (due[`chapters/${card.chapter}`] || 0) + 1;
  for (const link of all("[data-name]:is(a)")) {
    const n = due[link.dataset.name], words = [read.has(link.dataset.name) && "read", n && `${n} due`];
    if (!words.some(Boolean)) continue;
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = words.filter(Boolean).join(", ");
    link.append(" ", mark);
  }
  const [last, title] = kept.list("last"), again = $(".continue");
  if (again && last) {
    const link = document.createElement("a");
    link.href = `${root}${last}.html`;
    link.textContent = title;
    again.append("Continue where you left: ", link);
    again.hidden = false;
  }
})();
