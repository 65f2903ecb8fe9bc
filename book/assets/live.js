// Runs the live figures of a page without a kernel. A figure's script is loaded when the
// figure comes near the screen. Its settings stand in the page, and in the address once
// they were changed: `#lstm_cell?step=3`.
(() => {
  "use strict";
  const places = [...document.querySelectorAll("[data-figure]")];
  const root = document.documentElement.dataset.root || "./";
  const scripts = new Map(), figures = new Map(), large = new Map();
  const LONGEST = 400; // characters of a text that an address may carry

  window.rnnbookLive = {
    define: (name, make) => figures.set(name, make()),
    keep: (key, text) => large.set(key, text),
  };

  function load(file) {
    if (!scripts.has(file)) scripts.set(file, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `${root}_static/figures/${file}`;
      script.onload = done;
      script.onerror = () => failed(new Error(`${script.src} was not loaded`));
      document.head.append(script);
    }));
    return scripts.get(file);
  }

  async function settingsOf(place) {
    const key = place.dataset.settings;
    if (key) await load(`settings-${key}.js`);
    const { values, binary } = JSON.parse(key ? large.get(key) : place.querySelector("script").textContent);
    for (const [name, data] of Object.entries(binary)) {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      values[name] = new DataView(bytes.buffer);
    }
    return values;
  }

  // What anywidget's front end offers a figure.
  function makeModel(values, changed) {
    const heard = {};
    const tell = (event, ...words) => [...(heard[event] || [])].forEach((f) => f(...words));
    const model = {
      get: (key) => values[key],
      set(key, value) {
        if (typeof key === "object") {
          for (const [name, one] of Object.entries(key)) model.set(name, one);
        } else if (values[key] !== value) {
          values[key] = value;
          tell(`change:${key}`, model, value);
          tell("change", model);
        }
      },
      save_changes: changed,
      send() {},
      on(events, f) {
        for (const event of events.split(" ")) (heard[event] ||= new Set()).add(f);
      },
      off(events, f) {
        for (const event of events ? events.split(" ") : Object.keys(heard))
          if (f) heard[event]?.delete(f);
          else delete heard[event];
      },
    };
    return model;
  }

  // ---- Settings in the address ----------------------------------------------------------

  function wanted(id) {
    const [name, query] = location.hash.slice(1).split(/\?(.*)/s);
    return name === id && query ? [...new URLSearchParams(query)] : [];
  }

  // A value from an address, or undefined where the figure would not know what to do with it.
  // Limits are a list of options, a range {min, max}, or null.
  function read(text, start, limits) {
    const fits = (v) => typeof v === typeof start && (Array.isArray(limits) ? limits.includes(v)
      : typeof v !== "number" || within(v));
    const within = (v) => typeof v === "number" && Number.isFinite(v)
      && v >= (limits?.min ?? -Infinity) && v <= (limits?.max ?? Infinity);
    if (typeof start === "string") return text.length <= LONGEST && fits(text) ? text : undefined;
    if (typeof start === "boolean") return { 1: true, 0: false }[text];
    if (typeof start === "number") return text.trim() && fits(Number(text)) ? Number(text) : undefined;
    try {
      const list = JSON.parse(text);
      return Array.isArray(list) && list.length === start.length && list.every(within) ? list : undefined;
    } catch {
      return undefined;
    }
  }

  const write = (value) => (typeof value === "boolean" ? String(Number(value))
    : Array.isArray(value) ? JSON.stringify(value) : String(value));

  function follow(place, model, start) {
    const limits = start.limits || {}, next = {};
    for (const key of Object.keys(limits)) next[key] = start[key];
    for (const [key, text] of wanted(place.dataset.id))
      if (key in limits) next[key] = read(text, start[key], limits[key]) ?? start[key];
    model.set(next);
  }

  function note(place, model, start) {
    if (!start.limits) return;
    const query = new URLSearchParams();
    for (const key of Object.keys(start.limits || {}))
      if (write(model.get(key)) !== write(start[key])) query.set(key, write(model.get(key)));
    const hash = String(query) ? `#${place.dataset.id}?${query}` : `#${place.dataset.id}`;
    try {
      history.replaceState(history.state, "", hash);
    } catch { /* from the disk some browsers refuse; the figure works without */ }
  }

  // ---- Starting -------------------------------------------------------------------------

  async function start(place) {
    const name = place.dataset.figure, el = document.createElement("div");
    el.className = "live-figure";
    try {
      await load(`${name}.js?v=${place.dataset.version}`);
      const values = await settingsOf(place), first = structuredClone({ ...values });
      let timer = 0;
      const model = makeModel(values, () => {
        clearTimeout(timer);
        timer = setTimeout(() => note(place, model, first), 400);
      });
      follow(place, model, first);
      place.append(el);
      await figures.get(name).render({ model, el });
      const still = place.closest("figure")?.querySelector(".still");
      if (still) still.hidden = true;
      el.dataset.live = "on";
      // Figures above may have grown when they started.
      if (goal && !moved) goal.scrollIntoView({ behavior: "instant" });
      addEventListener("hashchange", () => {
        if (location.hash.slice(1).split("?")[0] !== place.dataset.id) return;
        follow(place, model, first);
        place.closest("figure").scrollIntoView({ behavior: "instant" });
      });
    } catch (error) {
      el.remove();
      console.error(`The live figure ${name} did not start; its picture stays.`, error);
    }
  }

  const watch = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen)
      if (isIntersecting) {
        watch.unobserve(target);
        start(target.querySelector("[data-figure]"));
      }
  }, { rootMargin: "800px 0px" });

  // Where the address leads, until the reader moves.
  let goal = null, moved = false;
  for (const event of ["wheel", "touchstart", "keydown", "pointerdown"])
    addEventListener(event, () => { moved = true; }, { once: true, passive: true });
  const asked = location.hash.slice(1).split("?")[0];
  for (const place of places) {
    const holder = place.closest("figure");
    place.dataset.id = holder.id || place.dataset.figure;
    watch.observe(holder);
    if (place.dataset.id === asked) goal = holder;
    if (place.dataset.id === asked) holder.scrollIntoView({ behavior: "instant" });
  }
})();
