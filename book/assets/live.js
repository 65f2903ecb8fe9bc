// Runs the live figures of a page from its saved widget state, without a kernel. Each model
// offers what anywidget's front end offers (get, set, on, off, save_changes, send).
(() => {
  "use strict";
  const kind = (name) => `script[type="application/vnd.jupyter.widget-${name}+json"]`;
  const read = (script) => {
    const value = JSON.parse(script.textContent);
    return typeof value === "string" ? JSON.parse(value) : value;
  };
  const saved = document.querySelector(kind("state"));
  const records = saved ? read(saved).state : {};
  const models = new Map(), modules = new Map(), styles = new Set();

  function modelOf(id) {
    if (!models.has(id)) models.set(id, makeModel(records[id]));
    return models.get(id);
  }

  function makeModel(record) {
    const values = { ...record.state }, heard = {};
    for (const { path, data } of record.buffers || []) {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      let place = values;
      for (const step of path.slice(0, -1)) place = place[step];
      place[path[path.length - 1]] = new DataView(bytes.buffer);
    }
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
      save_changes() {},
      send() {},
      on(events, f) {
        for (const event of events.split(" ")) (heard[event] ||= new Set()).add(f);
      },
      off(events, f) {
        for (const event of events ? events.split(" ") : Object.keys(heard))
          if (f) heard[event]?.delete(f);
          else delete heard[event];
      },
      widget_manager: {
        get_model: async (name) => modelOf(name.replace("IPY_MODEL_", "")),
      },
    };
    return model;
  }

  function load(source) {
    if (!modules.has(source)) {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(source, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(source);
  }

  function addStyle(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    const style = document.createElement("style");
    style.textContent = css;
    document.head.append(style);
  }

  async function start(script, id) {
    const el = document.createElement("div");
    el.className = "live-figure";
    try {
      const model = modelOf(id), { _esm, _css } = records[id].state;
      let widget = (await load(_esm)).default;
      if (typeof widget === "function") widget = await widget();
      addStyle(_css);
      await widget.initialize?.({ model, experimental: {} });
      script.before(el);
      await widget.render({ model, el, experimental: {} });
      const still = script.closest("figure, .cell_output")?.querySelector(".still");
      if (still) still.hidden = true;
      el.dataset.live = "on";
    } catch (error) {
      el.remove();
      console.error("A live figure did not start; its picture stays.", error);
    }
  }

  const starts = new Map();
  const watch = "IntersectionObserver" in window && new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen)
      if (isIntersecting) {
        watch.unobserve(target);
        starts.get(target)();
      }
  }, { rootMargin: "800px 0px" });

  for (const script of document.querySelectorAll(kind("view"))) {
    const id = read(script).model_id;
    if (records[id]?.model_module !== "anywidget") {
      const note = document.createElement("p");
      note.className = "needs-kernel";
      note.textContent = "This control needs a running kernel: open the notebook in Colab.";
      script.before(note);
    } else if (watch) {
      // A script has no box of its own: watch what holds it.
      const holder = script.parentElement;
      const before = starts.get(holder) || (() => {});
      starts.set(holder, () => { before(); start(script, id); });
      watch.observe(holder);
    } else start(script, id);
  }
})();
