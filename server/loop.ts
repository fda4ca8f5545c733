// One turn at a time: number the inputs, write them down, judge them, write the changes down, tell.
import type { AuditEntry } from "../contract/audit.ts";
import type { Refusal } from "../contract/faults.ts";
import type {
  AmendmentInput,
  Command,
  Flag,
  Input,
  NeighbourInput,
  Origin,
  ReceiptInput,
  RecordedInput,
  WallInput,
} from "../contract/input.ts";
import type { Plan } from "../contract/plant.ts";
import type { RuleChange } from "../contract/rule-change.ts";
import type { Decode, DecodeResult } from "../contract/sample.ts";
import type { ChangeItem, Reply } from "../contract/wall.ts";
import type { Log } from "./log.ts";
import type { JournalSink, Listener } from "./loop/sinks.ts";
import {
  type Draft,
  exampleBytes,
  excerptOf,
  isReplacedBy,
  receiptBytes,
  type Unnumbered,
  type Waiting,
  waitingOwn,
} from "./loop/waiting.ts";
import { heard, type Monitor, type Outcome } from "./monitor.ts";

/** How a loop is made. */
export interface LoopOptions {
  readonly monitor: Monitor;
  readonly journal: JournalSink;
  readonly listener: Listener;
  readonly decode: Decode;
  readonly digest: (payload: Uint8Array) => string;
  readonly now: () => number;
  /** Goes on while the process does, ms: tells that it was away. @default now */
  readonly alive?: () => number;
  /** Runs ever on, ms with fractions. @default turns take no time */
  readonly stopwatch?: () => number;
  /** Runs a turn soon, after what is being received now. */
  readonly soon: (turn: () => void) => void;
  /** Runs a turn again after a disk refused. */
  readonly later: (turn: () => void) => void;
  /** The numbers to go on from. */
  readonly number: number;
  readonly seq: number;
  readonly log: Log;
}

/** The loop: the one way in for everything. */
export interface Loop {
  /**
   * One MQTT message, with what a gateway sent where that was not this; resolves true once it is written down, false where
   * it cannot be: then no PUBACK.
   */
  readonly offer: (topic: string, payload: Uint8Array, origin?: Origin) => Promise<boolean>;
  /** A message that its own dialect refuses: the refusal is written down. */
  readonly offerRefused: (topic: string, payload: Uint8Array, refusal: Refusal) => Promise<boolean>;
  /** A person's act; answered once its changes are written down and told. */
  readonly command: (command: Command) => Promise<Reply>;
  readonly link: (site: string, device: string, online: boolean, isGraceful: boolean) => void;
  readonly neighbour: (
    name: NeighbourInput["name"],
    state: "up" | "down",
    reason: string,
    about?: NeighbourInput["about"],
  ) => void;
  /** What a wall has painted; resolves once it is written down, false where it cannot be. */
  readonly receipt: (receipt: Pick<ReceiptInput, "wall" | "painted">) => Promise<boolean>;
  /** A wall is otherwise than before. */
  readonly wall: (wall: Omit<WallInput, "kind" | "number" | "at">) => void;
  readonly plan: (plan: Plan, by: string, reason: string) => void;
  /** An act on the register, people or settings; resolves once it is written down, false where it cannot be. */
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
  /** What judging in order makes different. */
  readonly amend: (amendment: Omit<AmendmentInput, "number" | "at">) => void;
  /** A new version of a rule; answered like a command. */
  readonly ruleChange: (change: RuleChange) => Promise<Reply>;
  /** Something may be due: recorded only if it is. */
  readonly tick: () => void;
  /** Takes the turn that waits, now. */
  readonly drain: () => void;
  /** The last change that walls were told. */
  readonly told: () => number;
  /** Inputs that wait for their turn. */
  readonly waiting: () => number;
  /** Since when the disk refuses, and why; null while it does not. */
  readonly stall: () => { readonly since: number; readonly reason: string } | null;
}

/** More than this waiting is refused: the sender's broker or client keeps it. */
const mostWaiting = 20_000;
const mostWaitingBytes = 64 * 1024 * 1024;
/** One turn takes at most so many inputs, so that a command never waits long. */
const mostInTurn = 1000;
const mostBytesInTurn = 8 * 1024 * 1024;
/** Longer without a turn or a tick than this and it was the process that was away (paused, swapped, a stepped clock). */
const pauseMs = 5000;

/** Makes the loop of a server; nothing runs until something comes in. */
export function createLoop(options: LoopOptions): Loop {
  const { monitor, journal, listener, log, alive = options.now, stopwatch = () => 0 } = options;
  const commands: Waiting[] = [];
  let inputs: Waiting[] = [];
  let waitingBytes = 0;
  let isPlanned = false;
  let number = options.number;
  let lastAt = monitor.state().now;
  let toldSeq = options.seq;
  let turnFrom = 0;
  let aliveAt = alive();
  let stall: { readonly since: number; readonly reason: string } | null = null;
  /** A judged turn that the disk has not taken yet: nothing else is judged before it is written. */
  let unwritten: (() => void) | null = null;

  const wake = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    (stall === null ? options.soon : options.later)(turn);
  };

  const refused = (error: unknown): void => {
    const reason = (error as Error).message;
    if (stall === null) log.error("the journal cannot be written", { reason });
    stall ??= { since: options.now(), reason };
    wake();
  };

  const recovered = (): void => {
    if (stall === null) return;
    log.info("the journal can be written again", { since: stall.since });
    const { reason } = stall;
    stall = null;
    queue({ kind: "neighbour", name: "disk", state: "down", reason });
    queue({ kind: "neighbour", name: "disk", state: "up", reason: "written again" });
  };

  const queue = (input: Unnumbered): void => {
    // While nothing can be written only the last word of each device and neighbour is kept, or a long stall would fill memory.
    if (stall !== null) inputs = inputs.filter((one) => !isReplacedBy(one.input, input));
    inputs.push(waitingOwn(input));
    wake();
  };

  const take = (): readonly Waiting[] => {
    const taken = commands.splice(0);
    let room = 0;
    for (let bytes = 0; room < Math.min(mostInTurn, inputs.length) && bytes < mostBytesInTurn; room += 1) {
      bytes += (inputs[room] as Waiting).bytes;
    }
    const rest = inputs.slice(room);
    taken.push(...inputs.slice(0, room));
    inputs = rest;
    for (const one of taken) waitingBytes -= one.bytes;
    return taken;
  };

  /** Gives numbers and writes down; false where the disk refuses: those who can send again are told so. */
  const writeDown = (taken: readonly Waiting[]): readonly RecordedInput[] | null => {
    const at = Math.max(lastAt, options.now());
    turnFrom = stopwatch();
    const recorded: RecordedInput[] = [];
    for (const { input } of taken) {
      // In place: 100,000 times a second a copy would cost more than writing it down. A refused one is numbered again.
      input.number = number + recorded.length + 1;
      input.at = at;
      recorded.push(input);
    }
    try {
      journal.appendInputs(recorded);
    } catch (error) {
      for (const one of taken) {
        one.written?.(false);
        one.answered?.({ ok: false, code: "JOURNAL_UNAVAILABLE" });
      }
      // Links, neighbours and plans have nobody who would send them again.
      inputs = [...taken.filter((one) => one.written === null && one.answered === null), ...inputs];
      refused(error);
      return null;
    }
    number += recorded.length;
    lastAt = at;
    for (const one of taken) one.written?.(true);
    return recorded;
  };

  const judge = (taken: readonly Waiting[], recorded: readonly RecordedInput[]): void => {
    const changes: ChangeItem[] = [];
    const flags: [number, readonly Flag[]][] = [];
    const touched: number[] = [];
    const replies: [(reply: Reply) => void, Reply][] = [];
    const judged: Input[] = [];
    const outcomes: Outcome[] = [];
    const { plan } = monitor.state();
    for (const [place, input] of recorded.entries()) {
      const one = taken[place] as Waiting;
      const said = heard(input, one.decoded);
      const outcome = monitor.apply(said);
      judged.push(said);
      outcomes.push(outcome);
      changes.push(...outcome.changes);
      if (outcome.flags.length > 0) flags.push([input.number, outcome.flags]);
      for (const index of outcome.touchedPoints) touched.push(index);
      if (one.answered !== null && outcome.reply !== null) replies.push([one.answered, outcome.reply]);
    }
    const judgedMs = stopwatch() - turnFrom;
    const seq = monitor.state().seq;
    const upTo = number;
    let isAppended = false;
    unwritten = () => {
      // Tried again after a sync that failed, the turn must not be written twice.
      if (!isAppended) journal.appendTurn({ upTo, seq, changes, flags });
      isAppended = true;
      // Nobody hears of an alarm, or of work on one, that a power cut could still undo.
      if (changes.some(({ type }) => type === "alarm" || type === "incident")) journal.sync();
      unwritten = null;
      const recordedMs = stopwatch() - turnFrom;
      tell(changes, seq, touched);
      const pushedMs = stopwatch() - turnFrom;
      if (monitor.state().plan !== plan) listener.replanned();
      for (const [answered, reply] of replies) answered(reply);
      listener.judged?.(judged, outcomes, { judgedMs, recordedMs, pushedMs });
    };
  };

  const tell = (items: readonly ChangeItem[], seq: number, touched: readonly number[]): void => {
    for (const index of touched) listener.touched(index);
    if (items.length > 0) {
      const after = toldSeq;
      toldSeq = seq;
      listener.changed({ after, upTo: seq, items });
    }
    listener.turned();
  };

  /** After a pause the silence is our own: the clocks of the devices start anew, as after a restart. */
  const noticePause = (): void => {
    const now = alive();
    const awayMs = now - aliveAt;
    aliveAt = now;
    if (awayMs <= pauseMs) return;
    const reason = `back after ${Math.round(awayMs / 1000)} s`;
    inputs.unshift(waitingOwn({ kind: "neighbour", name: "server", state: "up", reason }));
    wake();
  };

  const turn = (): void => {
    isPlanned = false;
    noticePause();
    if (unwritten !== null) {
      if (!finish()) {
        // A person must not wait for a disk; what came before this is written down and will be judged.
        for (const one of commands.splice(0)) one.answered?.({ ok: false, code: "JOURNAL_UNAVAILABLE" });
        return;
      }
      recovered();
    }
    if (commands.length === 0 && inputs.length === 0) return;
    const taken = take();
    const recorded = writeDown(taken);
    if (recorded === null) return;
    judge(taken, recorded);
    if (!finish()) return;
    recovered();
    if (commands.length > 0 || inputs.length > 0) wake();
  };

  const finish = (): boolean => {
    try {
      unwritten?.();
      return true;
    } catch (error) {
      if (unwritten === null) throw error;
      refused(error);
      return false;
    }
  };

  /** Goes before every waiting sample; answered once its changes are written down and told. */
  const ask = (input: Extract<Unnumbered, { readonly kind: "command" | "ruleChange" }>): Promise<Reply> =>
    new Promise((answered) => {
      if (commands.length >= mostInTurn) {
        answered({ ok: false, code: "OVERLOADED" });
        return;
      }
      commands.push({ ...waitingOwn(input), answered });
      wake();
    });

  /** Waits to be written down; false at once where too much waits already. */
  const enqueue = (input: Draft, decoded: DecodeResult | null, bytes: number): Promise<boolean> =>
    new Promise((written) => {
      if (stall !== null || inputs.length >= mostWaiting || waitingBytes > mostWaitingBytes) {
        written(false);
        return;
      }
      waitingBytes += bytes;
      inputs.push({ input, decoded, bytes, written, answered: null });
      wake();
    });

  const offerRefused: Loop["offerRefused"] = (topic, payload, refusal) =>
    enqueue(
      {
        kind: "refused",
        number: 0,
        at: 0,
        code: refusal.code,
        topic: topic.slice(0, exampleBytes),
        hash: options.digest(payload),
        example: excerptOf(payload),
      },
      { ok: false, ...refusal },
      exampleBytes,
    );

  return {
    offer: (topic, payload, origin) => {
      const decoded = options.decode(topic, payload);
      if (!decoded.ok) return offerRefused(topic, origin?.payload ?? payload, decoded);
      if (origin === undefined)
        return enqueue({ kind: "message", number: 0, at: 0, topic, payload }, decoded, payload.length);
      const bytes = payload.length + origin.payload.length;
      return enqueue({ kind: "message", number: 0, at: 0, topic, payload, origin }, decoded, bytes);
    },
    offerRefused,
    audit: (entry) => enqueue({ kind: "audit", number: 0, at: 0, entry }, null, exampleBytes),
    command: (command) => ask({ kind: "command", command }),
    ruleChange: (change) => ask({ kind: "ruleChange", change }),
    link: (site, device, online, isGraceful) => queue({ kind: "link", site, device, online, isGraceful }),
    neighbour: (name, state, reason, about) =>
      queue({ kind: "neighbour", name, state, reason, ...(about === undefined ? {} : { about }) }),
    receipt: (receipt) => enqueue({ kind: "receipt", number: 0, at: 0, ...receipt }, null, receiptBytes(receipt)),
    wall: (wall) => queue({ kind: "wall", ...wall }),
    plan: (plan, by, reason) => queue({ kind: "plan", plan, by, reason }),
    amend: queue,
    tick: () => {
      noticePause();
      // A disk that refused is tried again with an input of our own: everybody else was told to keep theirs.
      if (stall !== null && inputs.length === 0 && unwritten === null) queue({ kind: "tick" });
      else if (stall !== null) wake();
      else if (monitor.nextDue(Math.max(lastAt, options.now())) !== null) queue({ kind: "tick" });
    },
    drain: turn,
    told: () => toldSeq,
    waiting: () => commands.length + inputs.length,
    stall: () => stall,
  };
}
