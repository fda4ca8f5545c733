// Loaded into a server by --import: its wall clock can be set forward or back by a message from whoever started it.
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.channel !== undefined) {
  const real = Date.now;
  let stepMs = 0;
  Date.now = () => real() + stepMs;
  process.on("message", (message) => {
    if (typeof message?.stepMs === "number") stepMs = message.stepMs;
  });
  process.channel.unref();
}
