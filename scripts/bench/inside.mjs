// Loaded into a server under test by --import: answers how long its event loop was held up since the last question.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

// The server's threads load this too; the loop in question is the one that judges and tells.
if (isMainThread && process.channel !== undefined) {
  // 1 ms: with the default of 10 an idle loop reads 10 ms.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ms = (nanoseconds) => Math.round(nanoseconds / 1e4) / 100;
  process.on("message", () => {
    process.send({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) });
    delay.reset();
  });
  // It must end as it would without us.
  process.channel.unref();
}
