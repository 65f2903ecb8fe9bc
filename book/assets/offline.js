// Lets visited pages be read without a network, where the site offers its service worker; and
// runs the control on the page "Reading offline".
(() => {
  "use strict";
  const root = new URL(document.documentElement.dataset.root || "./", location.href).href;
  const prefix = `rnnbook ${root} `, KEPT = `${prefix}kept`; // as in service-worker.js
  const WORKER = `${root}service-worker.js`, LIST = `${root}_static/offline-files.json`;
  const AT_ONCE = 6; // files fetched at a time
  const overHttp = location.protocol === "https:" || location.protocol === "http:";

  // What the reader chose: null (visited pages), "off", or "whole VERSION".
  let choice = null;
  try { choice = localStorage.getItem("rnnbook-offline"); } catch { /* not remembered */ }
  function choose(value) {
    choice = value;
    try {
      if (value) localStorage.setItem("rnnbook-offline", value);
      else localStorage.removeItem("rnnbook-offline");
      return true;
    } catch {
      return false;
    }
  }

  function able() {
    try {
      return overHttp && isSecureContext && Boolean(navigator.serviceWorker && window.caches);
    } catch {
      return false;
    }
  }

  // ---- On and off -----------------------------------------------------------------------

  async function offered() {
    try {
      return (await fetch(WORKER, { method: "HEAD", cache: "no-cache" })).status === 200;
    } catch {
      return false;
    }
  }

  let watching = null; // tells the worker what this page loads
  const tellLoaded = (worker, addresses) => worker.postMessage({ type: "loaded", addresses });

  // The worker once it runs, or null where the site offers none or the browser refuses.
  async function start() {
    try {
      const known = await navigator.serviceWorker.getRegistration(root);
      if (known?.scope !== root && !(await offered())) return null;
      await navigator.serviceWorker.register(WORKER, { scope: root, updateViaCache: "none" });
      const { active } = await navigator.serviceWorker.ready;
      active.postMessage({ type: "on" });
      tellLoaded(active, [location.href]);
      // Also what was under way when the worker came, such as the script of a live figure.
      watching = new PerformanceObserver((seen) => tellLoaded(active, seen.getEntries()
        .filter((entry) => entry.initiatorType !== "fetch").map((entry) => entry.name)));
      watching.observe({ type: "resource", buffered: true });
      return active;
    } catch {
      return null;
    }
  }

  async function remove() {
    watching?.disconnect();
    const known = await navigator.serviceWorker.getRegistration(root);
    if (known?.scope === root) {
      for (const worker of [known.installing, known.waiting, known.active])
        worker?.postMessage({ type: "off" });
      await known.unregister();
    }
    for (const name of await caches.keys())
      if (name.startsWith(prefix)) await caches.delete(name);
  }

  // ---- The whole book -------------------------------------------------------------------

  const listed = async () => (await fetch(LIST)).json();

  async function keepFile(cache, file) {
    const answer = await fetch(root + file, { cache: "no-cache", mode: "same-origin" });
    if (answer.status !== 200 || answer.redirected) throw new Error(`${file}: ${answer.status}`);
    await cache.put(root + file, answer);
  }

  // Keeps every file; `progress(bytes)` hears how far it is. Throws where some did not arrive.
  async function keepAll({ version, files }, progress = () => {}) {
    const cache = await caches.open(KEPT), names = Object.keys(files);
    let bytes = 0, next = 0, failed = 0, full = false;
    const fetchSome = async () => {
      while (next < names.length && choice !== "off" && !full) {
        const file = names[next++];
        try {
          await keepFile(cache, file);
        } catch (error) {
          full ||= error.name === "QuotaExceededError";
          failed += 1;
        }
        progress(bytes += files[file]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
    if (full) throw new Error("This device has no room for the whole book. Visited pages are kept.");
    const missed = `${failed} of ${names.length} files did not arrive. Try again with a network.`;
    if (failed) throw new Error(missed);
    if (choice !== "off") choose(`whole ${version}`);
  }

  async function renewWhole() {
    const list = await listed();
    if (choice?.startsWith("whole ") && choice !== `whole ${list.version}`) await keepAll(list);
  }

  // ---- The control ----------------------------------------------------------------------

  const box = document.getElementById("offline-copy");
  const part = (name) => box.querySelector(`[data-offline="${name}"]`);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const say = (text) => { part("state").textContent = text; };
  function offer(...names) {
    for (const name of ["keep", "off", "on"]) part(name).hidden = !names.includes(name);
  }

  async function count({ files }) {
    const have = new Set();
    for (const name of (await caches.keys()).filter((name) => name.startsWith(prefix)))
      for (const { url } of await (await caches.open(name)).keys())
        have.add(decodeURI(url.split("?")[0].slice(root.length)));
    const here = Object.keys(files).filter((file) => have.has(file));
    const pages = (names) => names.filter((name) => name.endsWith(".html")).length;
    const size = (names) => names.reduce((sum, name) => sum + files[name], 0);
    const all = Object.keys(files);
    const sizes = { size: size(here), whole: size(all), all: here.length === all.length };
    return { pages: pages(here), of: pages(all), ...sizes };
  }

  async function show() {
    const now = await count(await listed());
    const amount = `${now.pages} of ${now.of} pages (${megabytes(now.size)} of ${megabytes(now.whole)})`;
    say(now.all ? `The whole book is kept on this device: ${megabytes(now.whole)}.`
      : `On. Kept on this device: ${amount}. Each page that you open is added.`);
    offer(...(now.all ? ["off"] : ["keep", "off"]));
  }

  async function onKeep() {
    const bar = part("progress"), list = await listed();
    navigator.storage?.persist?.().catch(() => {}); // so that the browser does not tidy it away
    bar.max = Object.values(list.files).reduce((sum, size) => sum + size, 0);
    bar.value = 0;
    bar.hidden = false;
    part("keep").disabled = true;
    say(`Fetching ${megabytes(bar.max)}.`);
    try {
      await keepAll(list, (bytes) => { bar.value = bytes; });
      if (choice !== "off") await show();
      part("off").focus(); // the button that was pressed is gone
    } catch (error) {
      say(error.message);
    } finally {
      bar.hidden = true;
      part("keep").disabled = false;
    }
  }

  async function onOff() {
    const remembered = choose("off");
    await remove();
    offer("on");
    say(`Off. Nothing is kept on this device.${remembered ? ""
      : " This browser does not remember the choice: on the next page it is on again."}`);
    part("on").focus();
  }

  async function onOn() {
    choose(null);
    if (await start()) await show();
    else say("The browser refused to keep pages.");
  }

  const answer = (name, act) => part(name).addEventListener("click", () => {
    act().catch((error) => say(`This did not work: ${error.message}`));
  });

  function reason() {
    if (location.protocol === "file:") return "You read the book from your disk: all of it is there already.";
    if (!able()) return "This browser does not let the site keep pages. The book works as before.";
    return "This server does not offer copies for reading offline. The published book does.";
  }

  // ---- Start, when the page is there ----------------------------------------------------

  function linkManifest() { // by script, since on the disk the browser would complain about it
    const link = document.createElement("link");
    link.rel = "manifest";
    link.href = `${root}manifest.webmanifest`;
    document.head.append(link);
  }

  async function run() {
    if (overHttp) linkManifest();
    if (box) for (const [name, act] of [["keep", onKeep], ["off", onOff], ["on", onOn]]) answer(name, act);
    if (able() && choice === "off") {
      await remove(); // what another open page may have kept since
      if (box) { offer("on"); say("Off. Nothing is kept on this device."); }
    } else if (able() && await start()) {
      if (box) await show();
      // A new version of the book may take over while the page is open.
      navigator.serviceWorker.addEventListener("controllerchange", () => renewWhole().catch(() => {}));
      await renewWhole();
    } else if (box) say(reason());
  }
  const later = () => run().catch(() => {});
  if (document.readyState === "complete") later();
  else addEventListener("load", later);
})();
