// The socket room: a snapshot on joining, every change in order, latest values by frame, the beat, and commands in.
import type { Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import type { Approval } from "../../contract/command.ts";
import type { FaultCode } from "../../contract/faults.ts";
import type { Command } from "../../contract/input.ts";
import type { SeatedWall } from "../../contract/seat.ts";
import type { Scope, ScopedSite } from "../../contract/scope.ts";
import type {
  Beat,
  Changes,
  Person,
  Reply,
  ServerToWall,
  Snapshot,
  ValueTuple,
  WallToServer,
} from "../../contract/wall.ts";
import type { Log } from "../log.ts";
import { createFrames } from "./frame.ts";
import { createBucket } from "./gateway/bounds.ts";
import { createCommands, type MayDo, screenOf } from "./gateway/commands.ts";
import { createRoomSound, type RoomSoundOptions } from "./gateway/room-sound.ts";
import { catchUp, tell, type Telling } from "./gateway/tell.ts";
import type { View } from "./gateway/view.ts";
import { answer, isSameSite, type ScreenListener, type Wall, type WallState, waitingBytes } from "./gateway/wall.ts";

/** A command of a wall that has passed its schema and the rights, with who gives it. */
export type WallCommand = Command;

/** What the socket room needs. */
export interface GatewayOptions {
  /** The HTTP server that the sockets come in by; the gateway never closes it. */
  readonly server: HttpServer;
  readonly log: Log;
  readonly isDemo: boolean;
  /** Real time, epoch ms: for what bounds the walls. */
  readonly now: () => number;
  /** The server's clock, as walls are told it. @default now */
  readonly clock?: () => number;
  /** Whose session the Cookie header carries. */
  readonly person: (cookieHeader: string | undefined) => Person | null;
  /** Which wall of the register the Cookie header stands for. @default there are none */
  readonly wall?: (cookieHeader: string | undefined) => SeatedWall | null;
  /** Hears what screens tell of themselves. @default nobody */
  readonly screens?: ScreenListener;
  /** The whole state, at once: nothing may happen between its `seq` and its return. */
  readonly snapshot: (person: Person | null) => Snapshot;
  /** What a scope lets through of the plan of record: the same object for the same scope, until the plan is another one. */
  readonly viewOf: (scope: Scope | undefined) => View;
  readonly latest: (index: number) => ValueTuple;
  readonly pointIndex: (id: string) => number | undefined;
  readonly pointCount: () => number;
  readonly beat: () => Beat;
  /** The worst data age over the key points that are wanted. */
  readonly oldest: (isWanted: (point: string) => boolean) => Beat["oldest"];
  /** Carries a command out; a refusal is a reply, and a rejection is a bug that ends the process. */
  readonly command: (command: WallCommand) => Promise<Reply>;
  /** The second person of an act that wants one, by his password; or why he is not taken. */
  readonly approver: (approval: Approval) => Promise<Person | FaultCode>;
  /** Why an act cannot stand that the monitor would take. @default it can */
  readonly refusalOf?: (command: WallCommand) => FaultCode | null;
  /** Where the alarm, the point or the incident of a command is; null: of no site. Undefined: there is none, or the command is about none. */
  readonly siteOf: (command: WallCommand) => ScopedSite | null | undefined;
  readonly mayDo: MayDo;
  /** Writes a sound test down. @default nobody does */
  readonly soundTested?: NonNullable<RoomSoundOptions["soundTested"]>;
  /** @default 1000 */
  readonly maxWalls?: number;
  /** More than this waiting in a wall's socket is too much. @default 4 MiB */
  readonly maxWaitingBytes?: number;
  /** A wall with too much for this long, as no snapshot takes, is let go; it comes back to a new one. @default 15 s */
  readonly patienceMs?: number;
}

/** The socket room. */
export interface Gateway {
  /** Tells every wall, each from where its snapshot ended. */
  publish(changes: Changes): void;
  /** This point has a new latest value. */
  touch(index: number): void;
  /** The plan has changed: every wall gets a new snapshot. */
  replan(): void;
  /** Somebody's account has changed: every session is looked at now, and not only when its turn comes. */
  lookAgain(): void;
  /** Tells every wall of the register that a canary has come so far. */
  canary(occurrence: number): void;
  start(): void;
  /** Lets every wall go; the HTTP server stays. */
  stop(): void;
  /** How many walls are there. */
  walls(): number;
}

type WallServer = Server<WallToServer, ServerToWall, Record<string, never>, { person: Person | null }>;

const noWall = (): null => null;
const nobody: ScreenListener = { seated: noWall, left: noWall, painted: noWall, reported: () => true };

const FRAME_MS = 250;
const BEAT_MS = 1000;
/** Messages that a wall may send at once, and a second after that: a person clicks, and reconnecting sends a few. */
const MESSAGE_BURST = 30;
const MESSAGES_PER_SECOND = 10;
/** A wall that goes on so long after being refused is no wall. */
const MAX_REFUSED = 500;
const MAX_MESSAGE_BYTES = 100_000;
/**
 * Sessions looked at again per beat, so that one that has ended closes its wall, one whose person is another now shows what is
 * his, and an open wall keeps its own: at least so many, and every wall within so many beats.
 */
const LEAST_RECHECKS = 20;
const BEATS_A_ROUND = 5;

/** Makes the socket room; no wall can join before `start`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { log, now, clock = now, wall: wallOf = noWall, screens = nobody } = options;
  const { maxWaitingBytes = 4 * 1024 * 1024, patienceMs = 15_000 } = options;
  const frames = createFrames<Wall>({ pointCount: options.pointCount(), latest: options.latest });
  const commands = createCommands({
    ...options,
    clock,
    wall: wallOf,
    screens,
    sendSnapshot,
    watch: (wall, indexes) => frames.watch(wall, indexes),
  });
  const roomSound = createRoomSound({ ...options, tell: (screen, reply) => io.to(screen).emit("voice", reply) });
  const walls = new Map<Wall, WallState>();
  const timers: NodeJS.Timeout[] = [];
  let isRunning = false;
  const io = createServer(
    options,
    () => isRunning,
    () => walls.size,
  );

  io.on("connection", (wall) => {
    const bucket = createBucket(MESSAGE_BURST, MESSAGES_PER_SECOND);
    const { person } = wall.data;
    const state: WallState = {
      person,
      wall: wallOf(wall.handshake.headers.cookie),
      view: options.viewOf(person?.scope),
      upTo: 0,
      told: 0,
      snapshotAt: 0,
      watched: [],
      bucket,
      refused: 0,
      tooMuchMs: 0,
    };
    // The snapshot and the joining are one synchronous turn: no change can come between them.
    sendSnapshot(wall, state);
    walls.set(wall, state);
    screens.seated(screenOf(wall, state));
    wall.on("disconnect", (reason) => {
      walls.delete(wall);
      screens.left(wall.id);
      frames.leave(wall);
      roomSound.leave(wall);
      log.debug("wall left", { wall: wall.id, reason });
    });
    wall.use(([event, ...args], next) => {
      if (isInTime(wall, state)) next();
      else if (event !== "time") answer(args.at(-1), { ok: false, code: "OVERLOADED" });
    });
    commands.listen(wall, state);
    roomSound.listen(wall, state);
    log.debug("wall joined", { wall: wall.id, person: state.person?.name ?? null, walls: walls.size });
  });

  /** All that its person may see, as of now; it goes on with what of its points is still here. */
  function sendSnapshot(wall: Wall, state: WallState): void {
    const { person } = state;
    state.view = options.viewOf(person?.scope);
    const snapshot = state.view.snapshot(options.snapshot(person));
    state.upTo = snapshot.seq;
    state.told = snapshot.seq;
    state.snapshotAt = now();
    frames.refresh(wall, state.view);
    wall.emit("snapshot", state.wall === null ? snapshot : { ...snapshot, seat: state.wall.seat });
    watchAgain(wall, state);
  }

  function isInTime(wall: Wall, state: WallState): boolean {
    const isIn = state.bucket.take(now());
    state.refused = isIn ? 0 : state.refused + 1;
    if (state.refused > MAX_REFUSED) letGo(wall, "sends too fast");
    return isIn;
  }

  function letGo(wall: Wall, why: string): void {
    log.warn("wall let go", { wall: wall.id, why });
    wall.disconnect(true);
    // Whatever waits is dropped: a wall that does not read would hold it for ever.
    wall.conn.close(true);
  }

  function sendFrames(): void {
    const waiting = new Map<Wall, number>();
    for (const [wall, state] of walls) {
      const bytes = waitingBytes(wall);
      waiting.set(wall, bytes);
      state.tooMuchMs = bytes > maxWaitingBytes ? state.tooMuchMs + FRAME_MS : 0;
      if (state.tooMuchMs > patienceMs) letGo(wall, "reads too slowly");
    }
    // Not Socket.IO's `volatile`, which drops without a word: what is folded here comes later, and is counted.
    for (const { frame, walls: to } of frames.flush(clock(), (wall) => waiting.get(wall) ?? 0)) {
      io.to(to.map((wall) => wall.id)).emit("frame", frame);
    }
  }

  function sendBeat(): void {
    // A wall that cannot keep up gets no beat either: its lamp has to say "delayed".
    const inTime = [...walls].filter(([wall]) => !frames.isFolding(wall));
    sendAll(catchUp(inTime));
    roomSound.sweep();
    const beat = options.beat();
    const ids = new Map<View, string[]>();
    for (const [{ id }, { view }] of inTime) {
      const same = ids.get(view);
      if (same === undefined) ids.set(view, [id]);
      else same.push(id);
    }
    for (const [view, to] of ids) {
      // The point that is oldest in the city may be none of this view.
      io.to(to).emit("beat", view.key === "" ? beat : { ...beat, oldest: options.oldest(view.hasPoint) });
    }
    const due = Math.max(LEAST_RECHECKS, Math.ceil(walls.size / BEATS_A_ROUND));
    for (const [wall, state] of [...walls].slice(0, due)) {
      // To the end of the line: the map's order is whose turn it is.
      if (recheck(wall, state) && walls.delete(wall)) walls.set(wall, state);
    }
  }

  /** True where the wall stays, with what is now its person's. */
  function recheck(wall: Wall, state: WallState): boolean {
    const how = commands.lookAgain(wall, state);
    if (how === "ended") letGo(wall, "its session has ended");
    else if (how === "changed") sendSnapshot(wall, state);
    return how !== "ended";
  }

  function sendAll(tellings: readonly Telling<Wall>[]): void {
    for (const { changes, walls: to } of tellings) io.to(to.map((wall) => wall.id)).emit("changes", changes);
  }

  function watchAgain(wall: Wall, { view, watched }: WallState): void {
    if (watched === "all") return frames.watch(wall, "all");
    const indexes = watched.filter(view.hasPoint).map((id) => options.pointIndex(id));
    return frames.watch(
      wall,
      indexes.filter((index) => index !== undefined),
    );
  }

  return {
    publish: (changes) => sendAll(tell(changes, walls)),

    touch: (index) => frames.touch(index),

    replan() {
      frames.reset(options.pointCount());
      for (const [wall, state] of walls) sendSnapshot(wall, state);
    },

    lookAgain() {
      for (const [wall, state] of walls) recheck(wall, state);
    },

    canary(occurrence) {
      for (const [wall, state] of walls) if (state.wall !== null) wall.emit("canary", { occurrence });
    },

    start() {
      isRunning = true;
      io.attach(options.server);
      timers.push(setInterval(sendFrames, FRAME_MS), setInterval(sendBeat, BEAT_MS));
    },

    stop() {
      isRunning = false;
      for (const timer of timers.splice(0)) clearInterval(timer);
      io.disconnectSockets(true);
      io.engine.close();
    },

    walls: () => walls.size,
  };
}

/** The Socket.IO server: who may come in at all. */
function createServer(options: GatewayOptions, isRunning: () => boolean, walls: () => number): WallServer {
  const { person, mayDo, isDemo, maxWalls = 1000 } = options;
  const io: WallServer = new Server({
    serveClient: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    connectTimeout: 10_000,
    pingInterval: 10_000,
    pingTimeout: 20_000,
    allowRequest(request, decide) {
      // Connections that never become walls are bounded too; Socket.IO ends them after `connectTimeout`.
      const hasRoom = request.url?.includes("sid=") === true || io.engine.clientsCount < 2 * maxWalls;
      decide(null, isRunning() && hasRoom && isSameSite(request));
    },
  });

  io.use((wall, next) => {
    const who = person(wall.handshake.headers.cookie);
    const verdict = mayDo(who, "view", { isDemo });
    if (!verdict.ok) return next(new Error(verdict.code));
    if (walls() >= maxWalls) return next(new Error("OVERLOADED" satisfies FaultCode));
    wall.data.person = who;
    return next();
  });
  return io;
}
