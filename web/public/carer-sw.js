// Keeps the carer's page on the phone, so that it opens without a network. Answers of the API are never kept here: what
// the page needs of them, and every record, it keeps itself.
const CACHE = "carer-1";
const PAGE = "/carer.html";

async function fetchWhole() {
  const page = await fetch(PAGE, { cache: "no-store" });
  if (!page.ok) throw new Error(String(page.status));
  const text = await page.clone().text();
  // Vite names every script and style that the document needs in it; names change with what is in them.
  const assets = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  const cache = await caches.open(CACHE);
  const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  await cache.addAll(["/icon.svg", "/carer.webmanifest", ...assets.filter((path) => !kept.includes(path))]);
  // Last: a page is replaced only once everything that it needs lies beside it.
  await cache.put(PAGE, page);
  const wanted = new Set([PAGE, "/icon.svg", "/carer.webmanifest", ...assets]);
  for (const path of kept) if (!wanted.has(path)) await cache.delete(path);
  return text;
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetchWhole().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === PAGE) {
    // What is kept answers at once; a newer page is fetched beside it and shown the next time.
    event.respondWith(caches.match(PAGE).then((kept) => kept ?? fetch(event.request)));
    event.waitUntil(fetchWhole().catch(() => undefined));
  } else if (pathname.startsWith("/assets/") || pathname === "/icon.svg" || pathname === "/carer.webmanifest") {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  }
});
