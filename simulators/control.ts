// The two small files by which a scenario command and a running fleet talk: a request, and the fleet's progress.
//
// A second MQTT connection of the same device would throw the fleet's own off the broker, and no one publishes
// commands to devices yet; so on one machine `scenario.json` asks and `scenario-progress.json` answers. The progress
// file is written every second, also while nothing plays: its age says whether a fleet is alive. Both are polled,
// since file watching behaves differently on every file system, and replaced whole by renaming.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A progress file older than this belongs to a fleet that is gone. */
export const FLEET_GONE_MS = 5000;

/** What a scenario command asks of the fleet. */
export interface ScenarioRequest {
  /** Names this request, so that it is played once. */
  readonly id: string;
  readonly kind: "play" | "mend";
  readonly at: number;
  readonly site: string;
  /** The scenario's file as it was read: the fleet checks it again. */
  readonly scenario: unknown;
  readonly speed: number | null;
}

/** How far one site's scenario is. */
export interface Playing {
  readonly site: string;
  /** 0 to 1. */
  readonly share: number;
  readonly simulatedMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What the fleet says of itself. */
export interface FleetReport {
  readonly at: number;
  readonly sites: readonly string[];
  /** The newest requests that were taken up, and what became of them. */
  readonly requests: readonly Answer[];
  readonly playing: readonly Playing[];
}

/** What became of a request. */
export interface Answer {
  readonly id: string;
  readonly site: string;
  readonly outcome: "playing" | "ended" | "refused";
}

/** So many answers are kept: a command reads its own within a second or two. */
const KEPT_ANSWERS = 8;

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    // Absent, or written by a hand in a hurry: there is no request then, and no fleet.
    return null;
  }
}

async function replace(path: string, content: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(content)}\n`);
  await rename(`${path}.new`, path);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isRequest(value: unknown): value is ScenarioRequest {
  return (
    isRecord(value) &&
    typeof value["id"] === "string" &&
    typeof value["at"] === "number" &&
    typeof value["site"] === "string" &&
    (value["kind"] === "play" || value["kind"] === "mend") &&
    (value["speed"] === null || (typeof value["speed"] === "number" && value["speed"] > 0))
  );
}

function isReport(value: unknown): value is FleetReport {
  return (
    isRecord(value) &&
    typeof value["at"] === "number" &&
    Array.isArray(value["sites"]) &&
    Array.isArray(value["requests"]) &&
    Array.isArray(value["playing"])
  );
}

/** Both files in one folder. */
export interface Control {
  readonly request: (request: ScenarioRequest) => Promise<void>;
  /** The newest request that came at or after `sinceMs`. */
  readonly requested: (sinceMs: number) => Promise<ScenarioRequest | null>;
  readonly report: (report: FleetReport) => Promise<void>;
  /** The fleet stops: nobody needs to wait for its report to grow old. */
  readonly leave: () => Promise<void>;
  /** What the fleet said last; null where none is alive. */
  readonly reported: (nowMs: number) => Promise<FleetReport | null>;
}

/** Opens the two files in a folder. */
export function createControl(folder: string): Control {
  const requestPath = join(folder, "scenario.json");
  const reportPath = join(folder, "scenario-progress.json");
  return {
    request: (request) => replace(requestPath, request),
    requested: async (sinceMs) => {
      const request = await readJson(requestPath);
      return isRequest(request) && request.at >= sinceMs ? request : null;
    },
    report: (report) => replace(reportPath, report),
    leave: () => rm(reportPath, { force: true }),
    reported: async (nowMs) => {
      const report = await readJson(reportPath);
      return isReport(report) && nowMs - report.at < FLEET_GONE_MS ? report : null;
    },
  };
}

/** What the fleet end of the files needs of the fleet. */
export interface Player {
  readonly sites: readonly string[];
  /** False where it cannot be played: a bad scenario, a strange site, or one that already plays. */
  readonly play: (request: ScenarioRequest) => boolean;
  readonly mend: (site: string) => void;
  readonly playing: () => readonly Playing[];
}

/** Takes requests up and reports; `poll` is to be called about twice a second. */
export function createControlled(
  control: Control,
  player: Player,
  startMs: number,
): { readonly poll: (nowMs: number) => Promise<void> } {
  let answers: readonly Answer[] = [];
  let takenUp: string | null = null;

  const takeUp = (request: ScenarioRequest): void => {
    if (request.id === takenUp) return;
    takenUp = request.id;
    if (request.kind === "mend") {
      player.mend(request.site);
      return;
    }
    const outcome = player.play(request) ? "playing" : "refused";
    answers = [...answers, { id: request.id, site: request.site, outcome } as const].slice(-KEPT_ANSWERS);
  };

  return {
    poll: async (nowMs) => {
      const request = await control.requested(startMs);
      if (request !== null) takeUp(request);
      const playing = player.playing();
      answers = answers.map((answer) => {
        const isOver = answer.outcome === "playing" && !playing.some(({ site }) => site === answer.site);
        return isOver ? { ...answer, outcome: "ended" } : answer;
      });
      await control.report({ at: nowMs, sites: player.sites, requests: answers, playing });
    },
  };
}
