// Shows where a link leads while the pointer or the focus rests on it. The link itself stays what
// it was: a click or a tap follows it.
(() => {
  "use strict";
  const root = new URL(document.documentElement.dataset.root || "./", location.href).href;
  const box = document.createElement("div");
  let asked, owner, timer;
  Object.assign(box, { id: "preview", role: "tooltip", hidden: true });

  const load = (name) => new Promise((onload, onerror) => document.head.append(
    Object.assign(document.createElement("script"), { src: `${root}_static/${name}`, onload, onerror }),
  ));

  function formulas() { // a page without formulas has not loaded their style
    if (box.querySelector(".katex") && !document.querySelector("[data-math], link[href*='book-math']"))
      document.head.append(Object.assign(document.createElement("link"),
        { rel: "stylesheet", href: `${root}_static/book-math.css` }));
  }

  async function show(link) {
    if (link === owner && !box.hidden) return;
    hide();
    owner = link;
    link.removeAttribute("title"); // says the same, later
    await (asked ||= load("preview-data.js")).catch(() => { asked = null; });
    const html = window.rnnbookPreviews?.[link.href.split("?")[0].slice(root.length)];
    if (!html || owner !== link) return;
    box.innerHTML = html;
    formulas();
    box.hidden = false;
    document.body.append(box);
    link.setAttribute("aria-describedby", box.id);
    const at = link.getClientRects()[0], { width, height } = box.getBoundingClientRect();
    const above = at.bottom + height + 8 > innerHeight && at.top > height + 8;
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above ? at.top - height - 4 : at.bottom + 4) + scrollY}px`;
  }

  function hide() {
    clearTimeout(timer);
    owner?.removeAttribute("aria-describedby");
    owner = null;
    box.hidden = true;
  }

  function later(act, delay) {
    clearTimeout(timer);
    timer = setTimeout(act, delay);
  }
  const linkOf = ({ target }) => target.closest?.("a.preview");

  addEventListener("pointerover", (event) => { // what a tap begins, its pointerdown ends
    const link = linkOf(event);
    if (link) later(() => show(link), 150);
    else if (box.contains(event.target)) clearTimeout(timer);
    else if (!owner) clearTimeout(timer);
    else if (!owner.matches(":focus-visible")) later(hide, 250); // the page may move by itself
  });
  addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link?.matches(":focus-visible")) show(link);
    else if (!box.contains(event.target)) hide();
  });
  addEventListener("focusout", () => later(hide, 250));
  addEventListener("keydown", ({ key }) => { if (key === "Escape") hide(); });
  addEventListener("contextmenu", (event) => { // a long press, where the browser tells of it
    const link = linkOf(event);
    if (!link || event.pointerType !== "touch") return;
    event.preventDefault();
    show(link);
  });
  addEventListener("pointerdown", ({ target }) => { if (!box.contains(target)) hide(); });
})();
