// The chronicle never differs from the journal: read in pieces, after a restart, on another journal, and by the key figures.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Transition } from "../../contract/alarm.ts";
import type { RecordedChange } from "../../contract/journal.ts";
import type { KpiReport } from "../../contract/kpi.ts";
import { createChronicle, type Chronicle } from "../../server/adapters/chronicle.ts";
import { readRecords, segmentName } from "../../server/adapters/journal/read.ts";
import { createAnswers, type PointRecord } from "../../server/chronicle/answers.ts";
import { createFollower } from "../../server/chronicle/follow.ts";
import { runKpi } from "../../server/commands/kpi.ts";
import type { LoadAnswer, FeedPage, IncidentNews, StepsPage } from "../../contract/series.ts";
import { limit, minute, planOf, point, rule } from "../support/plant.ts";
import { newFolder } from "../support/server.ts";
import { writeTurns, type Said } from "../support/turns.ts";

const start = 1_790_000_000_000;
const points = ["s1", "s2"].map((site) =>
  point("a", {
    site,
    id: `${site}/a`,
    device: `${site}/d1`,
    rules: [rule("high", { blue: limit(50), red: limit(90) })],
    silence: { blue: 0 },
  }),
);
const plan = planOf(points);
const opening: readonly Said[] = [
  { kind: "plan", at: start, plan, by: "test", reason: "test" },
  { kind: "neighbour", at: start, name: "server", state: "up", reason: "test" },
];
const measured = (at: number, site: string, value: number): Said => ({
  kind: "message",
  at: start + at,
  topic: `skyground/v1/${site}/d1/telemetry`,
  payload: Buffer.from(JSON.stringify({ ts: start + at, values: { a: value } })),
});

const noted = (at: number, incident: string): Said => ({
  kind: "command",
  at: start + at,
  command: {
    act: "note",
    person: { name: "lin", role: "dutyOfficer", tier: "county" },
    request: { commandId: `command-${at}`, incident, text: "seen" },
  },
});

let folder: ReturnType<typeof newFolder>;
let chronicle: Chronicle | null;
let file: string;
/** Bytes of the journal behind each turn. */
let ends: number[];

/** Writes the journal, and keeps where each of its turns ends. */
function write(turns: readonly (readonly Said[])[], salt?: string): void {
  ends = writeTurns(file, turns, salt);
}

/** What the journal itself says. */
function journalled(): Transition[] {
  const steps: Transition[] = [];
  for (const { record } of readRecords(join(folder.path, "journal"), 0)) {
    if (record.type === "change" && record.change.type === "alarm") steps.push(record.change.transition);
  }
  return steps;
}

function open(keepDays = 0): { readonly chronicle: Chronicle; readonly followTo: (upTo: number) => void } {
  chronicle?.close();
  const opened = createChronicle(join(folder.path, "chronicle.db"));
  chronicle = opened;
  const follower = createFollower(opened, { journalDir: join(folder.path, "journal"), keepDays });
  return {
    chronicle: opened,
    followTo: (upTo) => {
      while (follower.step(upTo));
    },
  };
}

const stepsIn = (from: Chronicle): Transition[] =>
  from.after(0, 10_000, null).map(({ step: { site: _, ...step } }) => step);

/** What the journal itself says of incidents. */
function worked(): Extract<RecordedChange, { type: "incident" }>[] {
  return [...readRecords(join(folder.path, "journal"), 0)].flatMap(({ record }) =>
    record.type === "change" && record.change.type === "incident" ? [record.change] : [],
  );
}

/** Two hours: up and down, a silence of site 2 in the second half. */
function story(): readonly (readonly Said[])[] {
  const turns: (readonly Said[])[] = [opening];
  for (let at = 0; at <= 120 * minute; at += 20_000) {
    const value = Math.floor(at / (7 * minute)) % 2 === 0 ? 10 : at % (14 * minute) > 10 * minute ? 95 : 60;
    turns.push([measured(at, "s1", value)]);
    if (at < 60 * minute) turns.push([measured(at, "s2", value)]);
  }
  return turns;
}

beforeEach(() => {
  folder = newFolder();
  chronicle = null;
  mkdirSync(join(folder.path, "journal"));
  file = join(folder.path, "journal", segmentName(0));
});
afterEach(() => {
  chronicle?.close();
  folder.remove();
});

describe("the chronicle", () => {
  it("has every step of the journal, read in pieces, with a restart between", () => {
    write(story());
    const all = journalled();
    expect(all.length).toBeGreaterThan(20);
    const first = open();
    first.followTo(ends[100] as number);
    first.followTo(ends[101] as number);
    const before = stepsIn(first.chronicle);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(all.length);
    const second = open();
    second.followTo(ends.at(-1) as number);
    expect(stepsIn(second.chronicle)).toEqual(all);
    expect(second.chronicle.place().position).toBe(ends.at(-1));
    expect(second.chronicle.place().seq).toBeGreaterThanOrEqual(all.at(-1)?.seq ?? Infinity);
  });

  it("takes nothing in twice that it has already", () => {
    write(story());
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const steps = one.after(0, 10, null).map(({ step, route }) => ({ step, site: step.site, route }));
    one.take({ steps, incidents: [], comings: [], plan: null, place: one.place() });
    expect(stepsIn(one)).toEqual(journalled());
  });

  it("begins anew on another journal, and on one that was cut short", () => {
    write(story(), "one");
    open().followTo(ends.at(-1) as number);
    write(story().slice(0, 200), "two");
    const other = open();
    expect(other.chronicle.place().position).toBe(0);
    other.followTo(ends.at(-1) as number);
    expect(stepsIn(other.chronicle)).toEqual(journalled());
  });

  it("counts the same key figures as the command counts of the journal", async () => {
    write(story());
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const json = join(folder.path, "report.json");
    const quiet = { out: () => undefined, say: () => undefined };
    for (const [from, to] of [
      [0, 1e15],
      [start + 30 * minute, start + 90 * minute],
    ] as const) {
      const words =
        from === 0 ? { json } : { json, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      expect(runKpi(folder.path, words, quiet)).toBe(0);
      const load = (await createAnswers(one)({ ask: "load", from, to, tier: null, sites: null })) as LoadAnswer;
      expect(JSON.parse(JSON.stringify(load.report))).toEqual(JSON.parse(readFileSync(json, "utf8")) as KpiReport);
      expect(load.hours.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(0);
    }
    expect(await createAnswers(one)({ ask: "load", from: 0, to: 1, tier: null, sites: null })).toBeNull();
  });

  it("says why a point was away: its silence, and the server that was killed", async () => {
    const turns = story();
    const again: Said = { kind: "neighbour", at: start + 150 * minute, name: "server", state: "up", reason: "test" };
    write([...turns, [again]]);
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const [record] = (await createAnswers(one)({
      ask: "points",
      points: [{ id: "s2/a", device: "s2/d1" }],
      from: start + 50 * minute,
      to: start + 200 * minute,
    })) as readonly PointRecord[];
    const kinds = record?.absences.map(({ kind }) => kind) ?? [];
    expect(kinds).toContain("silent");
    expect(record?.absences.find(({ kind }) => kind === "serverAway")).toEqual({
      kind: "serverAway",
      from: start + 120 * minute,
      to: start + 150 * minute,
    });
    expect(record?.steps.every(({ source, at }) => source.id === "s2/a" && at >= start + 50 * minute)).toBe(true);
  });

  it("feeds by cursor without holes, of the sites that may be seen, to the newest change", async () => {
    write(story());
    const incident = worked().find(({ id }) => id.startsWith("s1#"))?.id as string;
    const notes = Array.from({ length: 20 }, (_, nth): Said[] => [
      noted(121 * minute + nth, incident),
      measured(121 * minute + nth, "s1", 10),
    ]);
    write([...story(), ...notes]);
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const answer = createAnswers(one);
    const wanted = journalled().filter(({ source }) => source.id.startsWith("s1/"));
    const work = worked().filter(({ id }) => id.startsWith("s1#"));
    expect(work.length).toBeGreaterThan(10);
    const got: number[] = [];
    const heardOf: IncidentNews[] = [];
    let after = 0;
    for (;;) {
      const page = (await answer({ ask: "feed", after, limit: 7, sites: ["s1"] })) as FeedPage;
      expect(page.steps.length + page.incidents.length).toBeLessThanOrEqual(7);
      for (const { seq } of [...page.steps, ...page.incidents]) expect(seq > after && seq <= page.next).toBe(true);
      got.push(...page.steps.map(({ seq }) => seq));
      heardOf.push(...page.incidents);
      after = page.next;
      if (page.isEnd) break;
    }
    expect(got).toEqual(wanted.map(({ seq }) => seq));
    expect(heardOf).toEqual(work.map(({ seq, id, entry }) => ({ seq, incident: id, site: "s1", entry })));
    expect(after).toBe(one.place().seq);
    expect(await answer({ ask: "feed", after, limit: 7, sites: ["s1"] })).toEqual({
      steps: [],
      incidents: [],
      next: after,
      isEnd: true,
    });
  });

  it("refuses a cursor whose steps it has let go, rather than leave a hole", async () => {
    write(story());
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const all = stepsIn(one);
    const middle = all[Math.floor(all.length / 2)] as Transition;
    one.drop(middle.recordedAt, 1_000_000);
    const left = stepsIn(one);
    expect(left.length).toBeGreaterThan(0);
    expect(left.every(({ recordedAt }) => recordedAt >= middle.recordedAt)).toBe(true);
    const answer = createAnswers(one);
    expect(await answer({ ask: "feed", after: 0, limit: 7, sites: null })).toBeNull();
    const before = (left[0] as Transition).seq - 1;
    expect(await answer({ ask: "feed", after: before, limit: 1, sites: null })).toMatchObject({ steps: [left[0]] });
  });

  it("pages steps newest first and counts what rose by level, site and source", async () => {
    write(story());
    const { chronicle: one, followTo } = open();
    followTo(ends.at(-1) as number);
    const answer = createAnswers(one);
    const wanted = { from: 0, to: 1e15, sites: ["s1"], level: "red" as const };
    const page = (await answer({ ask: "steps", wanted, before: null, limit: 2 })) as StepsPage;
    expect(page.steps.map(({ seq }) => seq)).toEqual(page.steps.map(({ seq }) => seq).toSorted((a, b) => b - a));
    expect(page.before).toBe(page.steps.at(-1)?.seq);
    expect(page.byLevel).toEqual([{ of: "red", count: page.bySite[0]?.count }]);
    expect(page.bySource.map(({ of }) => of)).toEqual(["s1/a"]);
    expect(page.total).toBeGreaterThan(2);
  });
});
