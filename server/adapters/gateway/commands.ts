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
import { type Person, type Reply, watchSchema } from "../../../contract/wall.ts";
import { createReplies } from "./bounds.ts";
import { answer, type Wall, type WallState } from "./wall.ts";

/** What the commands need. */
export interface CommandsOptions {
  readonly isDemo: boolean;
  readonly now: () => number;
  readonly clock: () => number;
  readonly person: (cookieHeader: string | undefined) => Person | null;
  readonly pointIndex: (id: string) => number | undefined;
  readonly command: (command: Command) => Promise<Reply>;
  /** The second person, by his password; or why he is not taken. */
  readonly approver: (approval: Approval) => Promise<Person | FaultCode>;
  readonly mayDo: (
    person: Person | null,
    act: "view" | "approve" | CommandAct,
    context: { readonly isDemo: boolean },
  ) => { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };
  readonly sendSnapshot: (wall: Wall, state: WallState) => void;
  readonly watch: (wall: Wall, indexes: "all" | readonly number[]) => void;
}

/** The ears of the room. */
export interface Commands {
  /** Listens to a wall from now on. */
  listen(wall: Wall, state: WallState): void;
  /** True where the session that the wall came with still stands. */
  isStillLoggedIn(wall: Wall, state: WallState): boolean;
}

const RESYNC_MS = 1000;
const REMEMBERED_REPLIES = 2000;

const watchCheck = Compile(watchSchema);

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

  function isStillLoggedIn(wall: Wall, state: WallState): boolean {
    const person = options.person(wall.handshake.headers.cookie);
    // A person's session may end over a wall's: the screen has then to be told anew who sits before it.
    const isSame = state.person === null || (person !== null && person.isWall === state.person.isWall);
    if (isSame) state.person = person;
    return isSame;
  }

  /** Closes a wall whose session has ended since it came; true where it did. */
  function hasEnded(wall: Wall, state: WallState, reply: unknown): boolean {
    if (isStillLoggedIn(wall, state)) return false;
    answer(reply, { ok: false, code: "NOT_LOGGED_IN" });
    wall.disconnect(true);
    return true;
  }

  function watch(wall: Wall, state: WallState, request: unknown): Reply {
    if (!watchCheck.Check(request)) return { ok: false, code: "COMMAND_INVALID" };
    const indexes = request.points === "all" ? "all" : request.points.map((id) => options.pointIndex(id));
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

  /** The command with its second person in the place of his password, which goes no further; or why he does not do. */
  async function approved(command: Command, approval: Approval | undefined): Promise<Command | FaultCode> {
    if (approval === undefined) return command;
    const approver = await options.approver(approval);
    if (typeof approver === "string") return approver;
    const verdict = mayDo(approver, "approve", { isDemo });
    return verdict.ok ? { ...command, approver } : verdict.code;
  }

  function carryOut(wall: Wall, state: WallState, act: CommandAct, sent: unknown, reply: unknown): void {
    if (checks.get(act)?.Check(sent) !== true) return answer(reply, { ok: false, code: "COMMAND_INVALID" });
    if (hasEnded(wall, state, reply)) return;
    const { person } = state;
    if (person === null) return answer(reply, { ok: false, code: "NOT_LOGGED_IN" });
    const verdict = mayDo(person, act, { isDemo });
    if (!verdict.ok) return answer(reply, { ok: false, code: verdict.code });
    const { approval, ...request } = sent as Command["request"] & { readonly approval?: Approval };
    // The act's own schema has passed the request just now.
    const command = { act, person, request } as Command;
    const id = `${person.name} ${request.commandId}`;
    const content = JSON.stringify([act, request, approval?.name]);
    const done = replies.once(id, content, async () => {
      const ready = await approved(command, approval);
      return typeof ready === "string" ? { ok: false, code: ready } : options.command(ready);
    });
    if (done === null) return answer(reply, { ok: false, code: "COMMAND_INVALID" });
    // Not caught: the loop answers every refusal as a value, so a rejection is a bug, and a bug is a crash.
    void done.then((outcome) => answer(reply, outcome));
  }

  return {
    isStillLoggedIn,

    // What a wall sends is unknown until its schema has passed it, whatever the event map says.
    listen(wall, state) {
      wall.on("time", (reply: unknown) => {
        if (typeof reply === "function") reply(clock());
      });
      wall.on("watch", (request: unknown, reply: unknown) => answer(reply, watch(wall, state, request)));
      wall.on("resync", (reply: unknown) => {
        if (!hasEnded(wall, state, reply)) answer(reply, resync(wall, state));
      });
      for (const act of commandActs) {
        wall.on(act, (request: unknown, reply: unknown) => carryOut(wall, state, act, request, reply));
      }
    },
  };
}

function isKnown(indexes: "all" | readonly (number | undefined)[]): indexes is "all" | readonly number[] {
  return indexes === "all" || indexes.every((index) => index !== undefined);
}
