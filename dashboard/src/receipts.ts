// What this screen tells of itself: which alarms it has painted, how it is doing, and, on a wall, that its script still runs.
import { watch } from "vue";
import type { canaryAlarm as CanaryAlarm, WallReport } from "../../contract/receipt.ts";
import { isHigh, seenOf, type OnGlass } from "./glass.ts";
import type { Link } from "./link.ts";
import type { Live } from "./live.ts";

/** What the receipts stand on. */
export interface ReceiptOptions {
  readonly live: Live;
  readonly link: Pick<Link, "tell">;
  readonly sound: () => Pick<WallReport, "audio" | "isVoice">;
  /** Tells the server when it is not fed for 10 s; only walls have one. */
  readonly openWatchdog: () => Pick<Worker, "postMessage" | "terminate">;
  /** Called with each report: whether the room keeps a picture while this page loads itself anew. */
  readonly covered: (isCovered: boolean) => void;
}

const secondMs = 1000;
const reportEveryMs = 60_000;
/** A page that could not run for so long has been frozen: that it runs again is told at once. */
const frozenAfterMs = 10_000;
/** Frame times are sampled for so long before each report; there is no loop that runs all the time. */
const sampleMs = 1000;
const mostInMessage = 200;

// The contract's own would bring the schema library into the page; what its type is the compiler holds against it.
const canaryAlarm: typeof CanaryAlarm = "skyground-canary";

/** `performance.memory`, which only Chromium has. */
interface WithMemory {
  readonly memory?: { readonly usedJSHeapSize: number };
}

/** Measures the time between frames for a second. */
function createFrames(): {
  readonly mark: () => void;
  readonly sample: () => void;
  readonly ageMs: () => number;
  readonly p95Ms: () => number;
} {
  let lastAt = performance.now();
  let isAsked = false;
  let times: number[] = [];
  function frame(at: number): void {
    isAsked = false;
    lastAt = Math.max(lastAt, at);
  }
  return {
    // One frame a second: enough to know that frames still come.
    mark() {
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(frame);
    },
    sample() {
      times = [];
      let before: number | null = null;
      const until = performance.now() + sampleMs;
      const next = (at: number): void => {
        if (before !== null) times.push(at - before);
        before = at;
        if (at < until) requestAnimationFrame(next);
      };
      requestAnimationFrame(next);
    },
    ageMs: () => Math.max(0, performance.now() - lastAt),
    p95Ms: () => times.toSorted((one, other) => one - other)[Math.ceil(times.length * 0.95) - 1] ?? 0,
  };
}

/** Starts to tell; ends with the returned function. */
export function startReceipts({ live, link, sound, openWatchdog, covered }: ReceiptOptions): () => void {
  const frames = createFrames();
  const told = new Map<string, string>();
  const keyOf = ({ occurrence, revision }: Pick<OnGlass, "occurrence" | "revision">): string =>
    `${occurrence}.${revision}`;
  const serverNow = (): number => Date.now() + (live.link.value.offsetMs ?? 0);
  const tier = () => live.person.value?.tier ?? "city";
  let watchdog: Pick<Worker, "postMessage" | "terminate"> | null = null;
  let isLooking = false;
  let ranAt = performance.now();
  let reportedAt = -Infinity;
  let wasFrozen = false;
  let lastAudio = "";

  async function tellPainted(): Promise<void> {
    const paintedAt = serverNow();
    const seen = seenOf([...live.alarms.value.values()], tier());
    const fresh = seen.filter((one) => told.get(one.alarm) !== keyOf(one)).slice(0, mostInMessage);
    if (fresh.length === 0) return;
    for (const one of fresh) told.set(one.alarm, keyOf(one));
    const reply = await link.tell("painted", { alarms: fresh.map((one) => ({ ...one, paintedAt })) });
    if (reply?.ok !== true) for (const one of fresh) told.delete(one.alarm);
  }

  /** The first frame brings the change into the page, the second one begins when the first is on the glass. A hidden tab has none. */
  function look(): void {
    if (isLooking) return;
    isLooking = true;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        isLooking = false;
        void tellPainted();
      }),
    );
  }

  /** The canary is painted like any change: with the second frame from now. Only on a glass: a hidden tab says nothing. */
  function answerCanary(occurrence: number): void {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const alarms = [{ alarm: canaryAlarm, occurrence, revision: 1, paintedAt: serverNow() }];
        void link.tell("painted", { alarms });
      }),
    );
  }

  async function report(): Promise<void> {
    reportedAt = performance.now();
    const { memory } = performance as unknown as WithMemory;
    const { audio, isVoice } = sound();
    lastAudio = audio;
    const reply = await link.tell("wallReport", {
      screen: `${location.pathname}${location.search}`.slice(0, 200),
      audio,
      isVoice,
      heapMb: memory === undefined ? null : memory.usedJSHeapSize / 2 ** 20,
      nodes: document.getElementsByTagName("*").length,
      frameMs: Math.min(frames.p95Ms(), 86_400_000),
      frameAgeMs: Math.min(frames.ageMs(), 86_400_000),
      offsetMs: live.link.value.offsetMs,
      gaps: live.link.value.gaps,
      version: live.version.value,
    });
    covered(reply?.ok === true && "isCovered" in reply && reply.isCovered);
  }

  function tick(): void {
    const now = performance.now();
    const wasAwayMs = now - ranAt;
    ranAt = now;
    frames.mark();
    watchdog?.postMessage(null);
    const isFrozen = frames.ageMs() > frozenAfterMs;
    const isNews = isFrozen !== wasFrozen || wasAwayMs > frozenAfterMs || sound().audio !== lastAudio;
    wasFrozen = isFrozen;
    if (isNews || now - reportedAt >= reportEveryMs) void report();
    else if (now - reportedAt >= reportEveryMs - 2 * sampleMs && now - reportedAt < reportEveryMs - sampleMs)
      frames.sample();
    // A page that is turned or scrolled shows what no change has told of; there is seldom any.
    const isMissing = [...live.alarms.value.values()]
      .filter(isHigh(tier()))
      .some((one) => told.get(one.id) !== keyOf(one));
    if (isMissing) look();
  }

  live.onAlarms(look);
  live.onCanary(answerCanary);
  // With every snapshot the server may be another one: it is told everything anew.
  const stopWatching = watch(live.index, () => {
    told.clear();
    look();
    void report();
  });
  const stopSeat = watch(live.seat, (seat) => {
    if (seat !== null) watchdog ??= openWatchdog();
  });
  const timer = setInterval(tick, secondMs);
  return () => {
    clearInterval(timer);
    stopWatching();
    stopSeat();
    watchdog?.terminate();
  };
}
