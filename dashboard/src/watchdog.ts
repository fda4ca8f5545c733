// A thread beside a wall's page: tells the server when the page's own script has not fed it for 10 s.

const hungAfterMs = 10_000;
const lookEveryMs = 5000;
let fedAt = performance.now();

self.addEventListener("message", () => {
  fedAt = performance.now();
});

setInterval(() => {
  if (performance.now() - fedAt < hungAfterMs) return;
  // The wall's cookie says which one it is. Where the server is not there either, the next look tries again.
  void fetch("/api/walls/hung", { method: "POST" }).catch(() => undefined);
}, lookEveryMs);
