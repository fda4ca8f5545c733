// What a wall may ask for: the time, its points, a new snapshot, and the commands of the person before it.
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import {
  type Approval,
  approvalSchema,
  approvedActs,
  type CommandAct,
  commandActs,
  commandSchemas,
} from "../../../contract/command.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Command } from "../../../contract/input.ts";
import { isWhole, type ScopedSite } from "../../../contract/scope.ts";
import { paintedSchema, wallReportSchema } from "../../../contract/receipt.ts";
import type { SeatedWall } from "../../../contract/seat.ts";
import { type Person, type Reply, watchSchema } from "../../../contract/wall.ts";
import { createReplies } from "./bounds.ts";
import { answer, isSame, type Screen, type ScreenListener, type Wall, type WallState } from "./wall.ts";

/** Who may do what, about which site. */
export type MayDo = (
  person: Person | null,
  act: "view" | "approve" | CommandAct,
  context: { readonly isDemo: boolean; readonly site?: ScopedSite | null },
) => { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };

/** What the commands need. */
export interface CommandsOptions {
  readonly isDemo: boolean;
  readonly now: () => number;
  readonly clock: () => number;
  readonly person: (cookieHeader: string | undefined) => Person | null;
  readonly wall: (cookieHeader: string | undefined) => SeatedWall | null;
  readonly screens: ScreenListener;
  readonly pointIndex: (id: string) => number | undefined;
  readonly command: (command: Command) => Promise<Reply>;
  /** The second person, by his password; or why he is not taken. */
  readonly approver: (approval: Approval) => Promise<Person | FaultCode>;
  /** Why an act cannot stand that the monitor would take. @default it can */
  readonly refusalOf?: (command: Command) => FaultCode | null;
  /** Where the alarm, the point or the incident of a command is; null: of no site. Undefined: there is none, or the command is about none. */
  readonly siteOf: (command: Command) => ScopedSite | null | undefined;
  readonly mayDo: MayDo;
  readonly sendSnapshot: (wall: Wall, state: WallState) => void;
  readonly watch: (wall: Wall, indexes: "all" | readonly number[]) => void;
}

/** The ears of the room. */
export interface Commands {
  /** Listens to a wall from now on. */
  listen(wall: Wall, state: WallState): void;
  /** Looks at the wall's session again: ended, or of a person who may look no more; or of one who is not as he was. */
  lookAgain(wall: Wall, state: WallState): "same" | "changed" | "ended";
}

const RESYNC_MS = 1000;
const REMEMBERED_REPLIES = 2000;

const watchCheck = Compile(watchSchema);
const paintedCheck = Compile(paintedSchema);
const reportCheck = Compile(wallReportSchema);
const invalid = { ok: false, code: "COMMAND_INVALID" } as const;

/** What each act must look like; where a second person may have to approve it, he may stand beside it. */
function checkOf(act: CommandAct): { readonly Check: (request: unknown) => boolean } {
  const schema = commandSchemas[act];
  if (!approvedActs.some((one) => one === act)) return Compile(schema);
  const properties = { ...schema.properties, approval: Type.Optional(approvalSchema) };
  return Compile(Type.Object(properties, { additionalProperties: false }));
}
const checks = new Map(commandActs.map((act) => [act, checkOf(act)]));

/** Makes the ears of the room. */
export function createCommands(options: CommandsOptions): Commands {
  const { isDemo, now, clock, mayDo } = options;
  const replies = createReplies(REMEMBERED_REPLIES);

  function lookAgain(wall: Wall, state: WallState): "same" | "changed" | "ended" {
    const { cookie } = wall.handshake.headers;
    const person = options.person(cookie);
    const seated = options.wall(cookie);
    const isSamePerson = isSame(person, state.person);
    if (isSamePerson && isSame(seated, state.wall)) return "same";
    if (!isSamePerson && (person === null || !mayDo(person, "view", { isDemo }).ok)) return "ended";
    state.person = person;
    state.wall = seated;
    options.screens.seated(screenOf(wall, state));
    return "changed";
  }

  /** Closes a wall whose session has ended since it came; true where it did. Another scope, role or tier holds at once. */
  function hasEnded(wall: Wall, state: WallState, reply: unknown): boolean {
    const how = lookAgain(wall, state);
    if (how === "changed") options.sendSnapshot(wall, state);
    if (how !== "ended") return false;
    answer(reply, { ok: false, code: "NOT_LOGGED_IN" });
    wall.disconnect(true);
    return true;
  }

  function watch(wall: Wall, state: WallState, request: unknown): Reply {
    if (!watchCheck.Check(request)) return { ok: false, code: "COMMAND_INVALID" };
    const { view } = state;
    // What lies outside the scope is answered like what is in no plan.
    const indexOf = (id: string): number | undefined => (view.hasPoint(id) ? options.pointIndex(id) : undefined);
    const indexes = request.points === "all" ? "all" : request.points.map(indexOf);
    if (!isKnown(indexes)) return { ok: false, code: "NOT_FOUND" };
    state.watched = request.points;
    options.watch(wall, indexes);
    return { ok: true, seq: state.upTo };
  }

  function resync(wall: Wall, state: WallState): Reply {
    const elapsedMs = now() - state.snapshotAt;
    // A negative time is a clock that was set back: it must not keep a wall from its snapshot.
    if (elapsedMs >= 0 && elapsedMs < RESYNC_MS) return { ok: false, code: "OVERLOADED" };
    options.sendSnapshot(wall, state);
    return { ok: true, seq: state.upTo };
  }

  /** Of what, or of nothing: what lies outside the scope is answered like what there is not. */
  function refusalOf(command: Command): FaultCode | null {
    const { act, person, request } = command;
    const missing = missingOf(request);
    if (isWhole(person.scope) || missing === null) return null;
    const site = options.siteOf(command);
    return site !== undefined && mayDo(person, act, { isDemo, site }).ok ? null : missing;
  }

  /** The command with its second person in the place of his password, which goes no further; or why he does not do. */
  async function approved(command: Command, approval: Approval | undefined): Promise<Command | FaultCode> {
    if (approval === undefined) return command;
    const approver = await options.approver(approval);
    if (typeof approver === "string") return approver;
    const site = options.siteOf(command);
    const verdict = mayDo(approver, "approve", { isDemo, ...(site === undefined ? {} : { site }) });
    return verdict.ok ? { ...command, approver } : verdict.code;
  }

  function carryOut(wall: Wall, state: WallState, act: CommandAct, sent: unknown, reply: unknown): void {
    if (checks.get(act)?.Check(sent) !== true) return answer(reply, invalid);
    if (hasEnded(wall, state, reply)) return;
    const { person } = state;
    if (person === null) return answer(reply, { ok: false, code: "NOT_LOGGED_IN" });
    const verdict = mayDo(person, act, { isDemo });
    if (!verdict.ok) return answer(reply, { ok: false, code: verdict.code });
    const { approval, ...request } = sent as Command["request"] & { readonly approval?: Approval };
    // The act's own schema has passed the request just now.
    const command = { act, person, request } as Command;
    const refusal = refusalOf(command) ?? options.refusalOf?.(command) ?? null;
    if (refusal !== null) return answer(reply, { ok: false, code: refusal });
    const id = `${person.name} ${request.commandId}`;
    const content = JSON.stringify([act, request, approval?.name]);
    const done = replies.once(id, content, async () => {
      const ready = await approved(command, approval);
      return typeof ready === "string" ? { ok: false, code: ready } : options.command(ready);
    });
    if (done === null) return answer(reply, invalid);
    // Not caught: the loop answers every refusal as a value, so a rejection is a bug, and a bug is a crash.
    void done.then((outcome) => answer(reply, outcome));
  }

  /** What a screen tells of itself asks for no right but to look, which it has had at its last recheck. */
  function listenToScreen(wall: Wall, state: WallState): void {
    const { painted, reported } = options.screens;
    const done = (): Reply => ({ ok: true, seq: state.upTo });
    wall.on("painted", (sent: unknown, reply: unknown) => {
      if (!paintedCheck.Check(sent)) return answer(reply, invalid);
      painted(screenOf(wall, state), sent);
      return answer(reply, done());
    });
    wall.on("wallReport", (sent: unknown, reply: unknown) => {
      if (!reportCheck.Check(sent)) return answer(reply, invalid);
      const isCovered = reported(screenOf(wall, state), sent);
      return answer(reply, { ok: true, seq: state.upTo, isCovered });
    });
  }

  return {
    lookAgain,

    // What a wall sends is unknown until its schema has passed it, whatever the event map says.
    listen(wall, state) {
      wall.on("time", (reply: unknown) => {
        if (typeof reply === "function") reply(clock());
      });
      wall.on("watch", (request: unknown, reply: unknown) => answer(reply, watch(wall, state, request)));
      wall.on("resync", (reply: unknown) => {
        if (!hasEnded(wall, state, reply)) answer(reply, resync(wall, state));
      });
      listenToScreen(wall, state);
      for (const act of commandActs) {
        wall.on(act, (request: unknown, reply: unknown) => carryOut(wall, state, act, request, reply));
      }
    },
  };
}

/** How it is answered that there is no such thing; null where a command is about none. */
function missingOf(request: Command["request"]): FaultCode | null {
  if ("incident" in request) return "INCIDENT_NOT_FOUND";
  if ("alarm" in request) return "ALARM_NOT_FOUND";
  return "point" in request ? "NOT_FOUND" : null;
}

/** The screen that this wall is. */
export function screenOf({ id }: Wall, { person, wall }: WallState): Screen {
  return { connection: id, person, wall };
}

function isKnown(indexes: "all" | readonly (number | undefined)[]): indexes is "all" | readonly number[] {
  return indexes === "all" || indexes.every((index) => index !== undefined);
}
