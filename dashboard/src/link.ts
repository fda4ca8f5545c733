// The one socket: takes in what the server sends in order, notices gaps and silence, and sends commands or fails at once.
import { io, type Socket } from "socket.io-client";
import type { CommandAct, WireRequests } from "../../contract/command.ts";
import type { ReportReply, SoundTest, VoiceReply, VoiceRequest } from "../../contract/receipt.ts";
import type { Beat, Changes, Frame, Reply, ServerToWall, Snapshot, WallToServer } from "../../contract/wall.ts";

/** The socket, typed by the contract. */
export type WallSocket = Socket<ServerToWall, WallToServer>;

/** How the link stands; `silentMs` is the time since the last beat. */
export interface LinkView {
  readonly state: "connecting" | "live" | "delayed" | "disconnected";
  readonly silentMs: number;
  /** The server wants to know who is there. */
  readonly isLoginWanted: boolean;
  /** Server clock minus this computer's, ms; null until measured. */
  readonly offsetMs: number | null;
  /** How often something was missing and a snapshot was asked for. */
  readonly gaps: number;
}

/** What the link tells. */
export interface LinkEvents {
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly changes: (changes: Changes) => void;
  readonly frame: (frame: Frame) => void;
  readonly beat: (beat: Beat) => void;
  /** The server's canary has come so far. */
  readonly canary?: (occurrence: number) => void;
  /** The link may stand otherwise than before: look at its view. */
  readonly moved: () => void;
}

/** What became of a command: the server's reply, never sent, or sent without an answer in time. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "unsent" }
  | { readonly kind: "unconfirmed" };

/** The one way to the server's stream. */
export interface Link {
  readonly start: (events: LinkEvents) => void;
  readonly stop: () => void;
  /** Drops the connection and makes a new one: after a login, the handshake carries the new cookie. */
  readonly reconnect: () => void;
  /** Called once a second: finds a half-open socket, and measures the clock. */
  readonly tick: () => void;
  readonly view: () => LinkView;
  /** Tells what asks for nothing; null where no answer came in time. */
  readonly tell: <E extends "painted" | "wallReport">(
    event: E,
    said: Parameters<WallToServer[E]>[0],
  ) => Promise<Reply | ReportReply | null>;
  readonly send: <A extends CommandAct>(act: A, request: WireRequests[A]) => Promise<Outcome>;
  /** Asks to be the voice of a room; null where no answer came in time. */
  readonly claimVoice: (request: VoiceRequest) => Promise<VoiceReply | Reply | null>;
  /** Tells that a sound test is over; true once it is written down. */
  readonly soundTested: (test: SoundTest) => Promise<boolean>;
  /** Called when the server says who sounds without having been asked. */
  readonly onVoice: (listener: (reply: VoiceReply) => void) => void;
}

/** What the link stands on; clocks and socket are handed in so that a test can turn them. */
export interface LinkOptions {
  readonly socket: WallSocket;
  /** This computer's clock, epoch ms. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonic: () => number;
}

// wire.md: live below 3 s, disconnected above 10 s.
const delayedAfterMs = 3000;
const disconnectedAfterMs = 10_000;
// A socket that says "connected" but brings no beat for this long is half open: it is made anew.
const halfOpenAfterMs = 15_000;
const commandTimeoutMs = 3000;
const clockEveryMs = 12_000;
// Beats come once a second: only after that an exercise's clock is guessed.
const toldEveryMs = 1000;
const resyncEveryMs = 2000;
const retryRefusedMs = 15_000;

/**
 * The socket of this page; it does not connect before the link starts. Back-off 0.5 s · 2ⁿ, ± 30 %: the longest wait is
 * 15 s with its jitter, so that a server that is back is found within 15 s.
 */
export function openSocket(): WallSocket {
  return io({
    autoConnect: false,
    withCredentials: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 11_500,
    randomizationFactor: 0.3,
  });
}

/** How a link stands that has been without a beat for `silentMs`. */
export function stateOfSilence(silentMs: number, hasBeat: boolean): LinkView["state"] {
  if (silentMs > disconnectedAfterMs) return "disconnected";
  if (!hasBeat) return "connecting";
  return silentMs < delayedAfterMs ? "live" : "delayed";
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** The server's clock against ours: half the way there and back, median of the last five. */
function createClock({ socket, now, monotonic }: LinkOptions): {
  readonly offset: () => number | null;
  readonly measure: () => void;
  readonly hint: (at: number) => void;
  /** What the server's clock showed when it sent this. */
  readonly tell: (at: number) => void;
  /** A server says how fast its clock runs where that is not ours; what was measured before is of another time. */
  readonly runAt: (speed: number | undefined) => void;
} {
  let offsets: number[] = [];
  let nextAt = 0;
  /** An exercise's clock cannot be measured against ours: it is what the newest frame or beat has told. */
  let exercise: { readonly speed: number; readonly at: number; readonly toldAt: number } | null = null;
  return {
    offset() {
      if (exercise === null) return median(offsets);
      // Told again within a second; ahead of what is told, the values that came with it would look old.
      const untoldMs = Math.max(0, monotonic() - exercise.toldAt - toldEveryMs);
      return exercise.at + untoldMs * exercise.speed - now();
    },
    runAt(speed) {
      if (speed === exercise?.speed) return;
      exercise = speed === undefined ? null : { speed, at: now(), toldAt: monotonic() };
      offsets = [];
    },
    measure() {
      if (exercise !== null || !socket.connected || monotonic() < nextAt) return;
      // The first answers come while the page is still busy: three soon, then five a minute.
      nextAt = monotonic() + (offsets.length < 3 ? 0 : clockEveryMs);
      const startedAt = now();
      socket.timeout(commandTimeoutMs).emit("time", (error, at) => {
        if (error === null || error === undefined) offsets = [...offsets, at - (startedAt + now()) / 2].slice(-5);
      });
    },
    tell(at) {
      if (exercise !== null) exercise = { speed: exercise.speed, at, toldAt: monotonic() };
    },
    hint(at) {
      if (exercise !== null) return;
      const known = median(offsets);
      // A beat is late by its way only: a greater difference means that one of the clocks was set.
      if (known === null || Math.abs(at - now() - known) > 2000) {
        offsets = [at - now()];
        nextAt = 0;
      }
    },
  };
}

/** Follows the server's numbers: says whether changes fit, and asks for a snapshot when something is missing. */
function createSequence({ socket, monotonic }: LinkOptions): {
  readonly snapshot: (seq: number) => void;
  readonly changes: (changes: Changes) => boolean;
  readonly beat: (seq: number) => void;
  readonly forget: () => void;
  readonly gaps: () => number;
} {
  let upTo: number | null = null;
  let gaps = 0;
  let askedAt = -Infinity;
  let behind: ReturnType<typeof setTimeout> | undefined;

  function caughtUp(): void {
    clearTimeout(behind);
    behind = undefined;
  }
  function resync(): void {
    caughtUp();
    if (!socket.connected || monotonic() - askedAt < resyncEveryMs) return;
    askedAt = monotonic();
    gaps += 1;
    // The answer is a snapshot event; a refusal is asked again at the next beat.
    socket.timeout(commandTimeoutMs).emit("resync", () => {});
  }
  return {
    snapshot(seq) {
      caughtUp();
      upTo = seq;
    },
    changes(changes) {
      if (upTo === null) return false;
      if (changes.after === upTo) {
        caughtUp();
        upTo = changes.upTo;
        return true;
      }
      // Wholly known already: sent just before the snapshot that holds it.
      if (changes.upTo > upTo) resync();
      return false;
    },
    beat(seq) {
      // Also where the snapshot that follows each connection has not come.
      if (upTo === null || seq > upTo) behind ??= setTimeout(resync, 1000);
    },
    forget() {
      caughtUp();
      upTo = null;
      askedAt = -Infinity;
    },
    gaps: () => gaps,
  };
}

interface Emitter {
  readonly emit: (event: string, ...values: readonly unknown[]) => void;
}

/** The link over a socket. */
export function createLink(options: LinkOptions): Link {
  const { socket, monotonic } = options;
  const clock = createClock(options);
  const sequence = createSequence(options);
  let startedAt = monotonic();
  let lastBeatAt: number | null = null;
  let recycledAt = -Infinity;
  let isLoginWanted = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let heardVoice: (reply: VoiceReply) => void = () => {};

  const silentMs = (): number => monotonic() - (lastBeatAt ?? startedAt);

  function connectLater(ms: number): void {
    clearTimeout(retry);
    retry = setTimeout(() => {
      if (!socket.active) socket.connect();
    }, ms);
  }

  function listen(events: LinkEvents): void {
    socket.on("connect", () => {
      isLoginWanted = false;
      sequence.forget();
      socket.timeout(commandTimeoutMs).emit("watch", { points: "all" }, () => {});
      clock.measure();
      events.moved();
    });
    socket.on("disconnect", (reason) => {
      // The server hung up on purpose: socket.io leaves coming back to us.
      if (reason === "io server disconnect") connectLater(1000);
      events.moved();
    });
    socket.on("connect_error", (error) => {
      isLoginWanted = error.message === "NOT_LOGGED_IN";
      // Refused by the server, not by the network: socket.io does not try again by itself.
      if (!socket.active) connectLater(retryRefusedMs);
      events.moved();
    });
    socket.on("snapshot", (snapshot) => {
      sequence.snapshot(snapshot.seq);
      clock.runAt(snapshot.clockSpeed);
      clock.tell(snapshot.at);
      clock.hint(snapshot.at);
      events.snapshot(snapshot);
    });
    socket.on("changes", (changes) => {
      if (sequence.changes(changes)) events.changes(changes);
    });
    socket.on("canary", ({ occurrence }) => events.canary?.(occurrence));
    socket.on("frame", (frame) => {
      clock.tell(frame.at);
      events.frame(frame);
    });
    socket.on("voice", (reply) => heardVoice(reply));
    socket.on("beat", (beat) => {
      const wasLive = stateOfSilence(silentMs(), lastBeatAt !== null) === "live";
      lastBeatAt = monotonic();
      clock.hint(beat.at);
      clock.tell(beat.at);
      sequence.beat(beat.seq);
      events.beat(beat);
      if (!wasLive) events.moved();
    });
  }

  function settle(resolve: (outcome: Outcome) => void): (error: Error | null | undefined, reply: Reply) => void {
    return (error, reply) =>
      resolve(error === null || error === undefined ? { kind: "reply", reply } : { kind: "unconfirmed" });
  }

  return {
    start(events) {
      startedAt = monotonic();
      listen(events);
      socket.connect();
    },
    stop() {
      clearTimeout(retry);
      sequence.forget();
      socket.removeAllListeners();
      socket.disconnect();
    },
    reconnect() {
      clearTimeout(retry);
      socket.disconnect().connect();
    },
    tick() {
      clock.measure();
      if (socket.connected && silentMs() > halfOpenAfterMs && monotonic() - recycledAt > halfOpenAfterMs) {
        recycledAt = monotonic();
        socket.disconnect().connect();
      }
    },
    view: () => ({
      state: stateOfSilence(silentMs(), lastBeatAt !== null),
      silentMs: silentMs(),
      isLoginWanted,
      offsetMs: clock.offset(),
      gaps: sequence.gaps(),
    }),
    tell: (event, said) =>
      new Promise((resolve) => {
        if (!socket.connected) return resolve(null);
        const timed = socket.timeout(commandTimeoutMs) as unknown as Emitter;
        timed.emit(event, said, (error: Error | null | undefined, reply: Reply | ReportReply | undefined) =>
          resolve(error === null || error === undefined ? (reply ?? null) : null),
        );
        return undefined;
      }),
    // Never kept for later: without a live socket a command fails now.
    send: (act, request) =>
      new Promise((resolve) => {
        if (!socket.connected) return resolve({ kind: "unsent" });
        // Of a union of acts the types cannot say that this request belongs to this act; the caller's signature does.
        const timed = socket.timeout(commandTimeoutMs) as unknown as Emitter;
        timed.emit(act, request, settle(resolve));
        return undefined;
      }),
    claimVoice: (request) =>
      new Promise((resolve) => {
        if (!socket.connected) return resolve(null);
        socket.timeout(commandTimeoutMs).emit("voice", request, (error, reply) => resolve(error ? null : reply));
        return undefined;
      }),
    soundTested: (test) =>
      new Promise((resolve) => {
        if (!socket.connected) return resolve(false);
        socket.timeout(commandTimeoutMs).emit("soundTest", test, (error, reply) => resolve(!error && reply.ok));
        return undefined;
      }),
    onVoice: (listener) => void (heardVoice = listener),
  };
}
