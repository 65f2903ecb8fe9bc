// Keeps visited pages readable without a network. Pages come from the network while there is one,
// so that a corrected page is seen at once; what carries a stamp of its content comes from the
// device. The build puts two lines before this: VERSION and SHARED, what every page needs.
/* global VERSION, SHARED */
"use strict";

const scope = self.registration.scope;
// Other sites of this host keep their caches under other names; offline.js builds the same ones.
const prefix = `rnnbook ${scope} `, KEPT = `${prefix}kept`, COMMON = `${prefix}shared ${VERSION}`;
const PATIENCE = 4000; // ms to wait for the network where there is a copy
const STAMPED = /[?&]v=|\/settings-[0-9a-f]+\.js$/;
let off = false; // the reader turned copies off while pages are still open

// The address under which a file is kept: pages without query, folders by their page.
function key(address) {
  const url = new URL(address);
  url.hash = "";
  if (url.pathname.endsWith("/")) url.pathname += "index.html";
  if (!url.searchParams.has("v")) url.search = "";
  return url.href;
}

const commonKeys = new Set(SHARED.map((file) => key(scope + file)));
const isPage = (address) => new URL(key(address)).pathname.endsWith(".html");
// No errors, nothing from elsewhere, nothing that another address answered.
const isWhole = (answer) => answer.status === 200 && answer.type === "basic" && !answer.redirected;
const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function find(address, options = {}) {
  for (const cacheName of [KEPT, COMMON]) {
    const found = await caches.match(key(address), { ...options, cacheName });
    if (found) return found;
  }
  return undefined;
}

async function keep(address, answer) {
  if (off || !isWhole(answer)) return;
  const cache = await caches.open(KEPT), place = key(address);
  if (STAMPED.test(address)) await cache.delete(place, { ignoreSearch: true }); // older versions
  await cache.put(place, answer);
}

async function fromNetwork(event) {
  const answer = await fetch(event.request);
  // A full device keeps nothing more, and the page is shown all the same.
  event.waitUntil(keep(event.request.url, answer.clone()).catch(() => {}));
  return answer;
}

async function networkFirst(event) {
  const { url, mode } = event.request, network = fromNetwork(event);
  const first = await Promise.race([network.catch(() => null), wait(PATIENCE)]);
  if (first && first.status < 500) return first;
  const found = await find(url);
  if (found) return found;
  return network.catch(() => (mode === "navigate" ? notKept() : Response.error()));
}

async function deviceFirst(event) {
  const found = await find(event.request.url);
  if (found) return found;
  // An older copy of a page may ask for an older version of what it needs.
  return fromNetwork(event).catch(async () => (
    (await find(event.request.url, { ignoreSearch: true })) || Response.error()
  ));
}

function notKept() {
  const text = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Not kept</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark; } body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem;
font: 1.1875rem/1.55 Georgia, serif; }</style>
<h1>This page is not on your device</h1>
<p>There is no network, and the page was not opened before. Visited pages can still be read.</p>
<p><a href="${scope}">To the start of the book</a></p>`;
  return new Response(text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

self.addEventListener("fetch", (event) => {
  const { request } = event, { url } = request;
  const foreign = request.method !== "GET" || !url.startsWith(scope) || request.headers.has("range")
    || url.startsWith(`${scope}_static/podcast/`);
  // offline.js asks in this way for what it keeps by itself.
  const own = request.mode === "same-origin" && request.destination === "";
  if (off || foreign || own) return;
  const still = STAMPED.test(url) || (commonKeys.has(key(url)) && !isPage(url));
  event.respondWith(still ? deviceFirst(event) : networkFirst(event));
});

async function install() {
  const cache = await caches.open(COMMON);
  await Promise.all(SHARED.map(async (file) => {
    const answer = await fetch(scope + file, { cache: "no-cache" });
    if (!isWhole(answer)) throw new Error(`${file} could not be kept: status ${answer.status}`);
    await cache.put(key(scope + file), answer);
  }));
  await self.skipWaiting();
}
self.addEventListener("install", (event) => event.waitUntil(install()));

// Copies of older versions go, and with them pages that the book no longer has.
async function activate() {
  for (const name of await caches.keys())
    if (name.startsWith(prefix) && name !== KEPT && name !== COMMON) await caches.delete(name);
  const list = await find(`${scope}_static/offline-files.json`), cache = await caches.open(KEPT);
  const files = list && (await list.json()).files;
  for (const { url } of files ? await cache.keys() : [])
    if (!(decodeURI(url.split("?")[0].slice(scope.length)) in files)) await cache.delete(url);
  await self.clients.claim();
}
self.addEventListener("activate", (event) => event.waitUntil(activate()));

// The first page was loaded before there was a worker; it tells what it loaded.
async function keepLoaded(addresses) {
  for (const address of addresses.filter((url) => url.startsWith(scope)))
    if (!(await find(address))) await keep(address, await fetch(address));
}
self.addEventListener("message", (event) => {
  const { type, addresses } = event.data;
  if (type === "off") off = true;
  if (type === "on") off = false;
  if (type === "loaded" && !off) event.waitUntil(keepLoaded(addresses).catch(() => {}));
});
