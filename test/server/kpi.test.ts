// The command kpi: a journal in, a table and a report out; periods with a zone, turns taken whole, damage said.
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KpiReport } from "../../contract/kpi.ts";
import { segmentName } from "../../server/adapters/journal/read.ts";
import { runKpi, type KpiWords } from "../../server/commands/kpi.ts";
import { limit, minute, planOf, point, routing, rule } from "../support/plant.ts";
import { newFolder, runCommand } from "../support/server.ts";
import { writeTurns, type Said } from "../support/turns.ts";

/** 2026-09-21 22:13:20 in Shanghai. */
const start = 1_790_000_000_000;
const city = { tier: "city" as const, withinMs: minute };
const points = ["s1", "s2"].map((site) =>
  point("a", {
    site,
    id: `${site}/a`,
    device: `${site}/d1`,
    rules: [rule("high", { blue: limit(50), red: limit(90) })],
  }),
);
const plan = planOf(points, {
  routing: {
    ...routing,
    routes: [
      { sector: "test", county: "county-s2", process: { ...routing.process, blue: [city] }, data: routing.data },
    ],
  },
});

const measured = (at: number, site: string, value: number): Said => ({
  kind: "message",
  at: start + at,
  topic: `skyground/v1/${site}/d1/telemetry`,
  payload: Buffer.from(JSON.stringify({ ts: start + at, values: { a: value } })),
});

/** Turns of one message each, so often that no point falls silent: what each site measures when. */
function story(until: number, valueAt: (site: string, at: number) => number): readonly (readonly Said[])[] {
  const turns: (readonly Said[])[] = [];
  for (let at = 0; at <= until; at += 20_000)
    turns.push(...["s1", "s2"].map((site) => [measured(at, site, valueAt(site, at))]));
  return turns;
}

let folder: ReturnType<typeof newFolder>;
let file: string;

const write = (turns: readonly (readonly Said[])[]): unknown => writeTurns(file, turns);

interface Ran {
  readonly code: number;
  readonly out: readonly string[];
  readonly told: readonly string[];
  readonly report: () => KpiReport;
}

function kpi(words: KpiWords = {}): Ran {
  const [out, told]: [string[], string[]] = [[], []];
  const json = join(folder.path, "report.json");
  const code = runKpi(
    folder.path,
    { json, ...words },
    { out: (line) => out.push(line), say: (line) => told.push(line) },
  );
  return { code, out, told, report: () => JSON.parse(readFileSync(json, "utf8")) as KpiReport };
}

const valueOf = (report: KpiReport, id: string): number | null =>
  report.kpis.find((one) => one.id === id)?.value ?? null;
const countOf = (report: KpiReport): number => report.top.reduce((sum, { annunciations }) => sum + annunciations, 0);
const opening: readonly Said[] = [
  { kind: "plan", at: start, plan, by: "test", reason: "test" },
  { kind: "neighbour", at: start, name: "server", state: "up", reason: "test" },
];

beforeEach(() => {
  folder = newFolder();
  mkdirSync(join(folder.path, "journal"));
  file = join(folder.path, "journal", segmentName(0));
});

afterEach(() => folder.remove());

describe("kpi", () => {
  it("prints a table with its zone, says that it is short, and writes the same as JSON", () => {
    const value = (at: number): number => (at < minute || at >= 60 * minute ? 10 : at < 2 * minute ? 60 : 95);
    write([opening, ...story(60 * minute, (site, at) => (site === "s1" ? value(at) : 10))]);
    const { code, out, report } = kpi();
    expect(code).toBe(0);
    expect(out[0]).toBe(
      "alarm key figures, 2026-09-21 22:13:20 +08:00 to 2026-09-21 23:13:20 +08:00 (0.0 days), all desks",
    );
    expect(out[1]).toContain("fewer than 30 days");
    expect(out.find((line) => line.includes("Average per hour"))).toMatch(/ 2\.00 {2}green {3}2 \/ 1\.0$/u);
    expect(out.find((line) => line.includes("P95, county red"))).toMatch(/ 58:00 {2}red {5}0 \/ 1$/u);
    expect(out.some((line) => line.includes("P95, county blue"))).toBe(false);
    expect(out.at(-1)).toMatch(/^ +2 {2}s1\/a~limit~high$/u);
    expect(report()).toMatchObject({ from: start, to: start + 60 * minute + 1, isShort: true, tier: null });
  });

  it("counts for a desk what is routed to it by the alarm's own site", () => {
    write([opening, ...story(2 * minute, (site, at) => (at < (site === "s1" ? 1 : 2) * minute ? 10 : 60))]);
    expect(
      kpi()
        .report()
        .top.map(({ alarm }) => alarm),
    ).toEqual(["s1/a~limit~high", "s2/a~limit~high"]);
    expect(kpi({ tier: "city" }).report().top).toEqual([{ alarm: "s2/a~limit~high", annunciations: 1 }]);
    expect(kpi({ tier: "enterprise" }).report().top).toEqual([{ alarm: "s1/a~limit~high", annunciations: 1 }]);
  });

  it("takes a period with a zone, knows the state at its beginning, and reads a turn that crosses its end whole", () => {
    const calm = story(20 * minute, (site, at) => (site === "s1" && at >= minute ? 60 : 10));
    const before = calm.filter(([said]) => (said as Said).at <= start + 9 * minute);
    const after = calm.filter(([said]) => (said as Said).at > start + 11 * minute);
    const crossing = [
      measured(9 * minute + 1, "s1", 95),
      measured(10 * minute, "s2", 60),
      measured(10 * minute + 1, "s1", 96),
      measured(11 * minute, "s2", 95),
    ];
    write([opening, ...before, crossing, ...after]);
    const { report } = kpi({ from: "2026-09-21T22:18:20+08:00", to: "2026-09-21T14:23:20Z" });
    expect(report()).toMatchObject({ from: start + 5 * minute, to: start + 10 * minute });
    expect(report().top).toEqual([{ alarm: "s1/a~limit~high", annunciations: 1 }]);
    expect(valueOf(report(), "standing")).toBe(1);
    expect(kpi({ to: "2026-09-22T00:00:00+08:00" }).report().to).toBe(start + 20 * minute + 1);
  });

  it("adds up over two halves", () => {
    write([opening, ...story(40 * minute, (site, at) => (site === "s1" && (at / minute) % 2 >= 1 ? 60 : 10))]);
    const middle = "2026-09-21T22:33:20+08:00";
    const [one, two, all] = [kpi({ to: middle }).report(), kpi({ from: middle }).report(), kpi().report()];
    expect(countOf(one) + countOf(two)).toBe(countOf(all));
    expect(countOf(all)).toBe(20);
  });

  it("refuses what it cannot understand", () => {
    write([opening]);
    const zone = "--from and --to are instants with a zone, such as 2026-11-01T00:00:00+08:00";
    for (const from of ["2026-11-01", "2026-11-01T00:00:00", "yesterday", "2026-13-01T00:00:00Z"])
      expect(kpi({ from })).toMatchObject({ code: 64, told: [zone] });
    expect(kpi({ from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" })).toMatchObject({
      code: 64,
      told: ["--from must lie before --to"],
    });
    expect(kpi({ tier: "province" }).told).toEqual(["--tier is one of enterprise, township, county, city"]);
    expect(kpi({ from: "2030-01-01T00:00:00Z" })).toMatchObject({
      code: 1,
      told: ["the journal has nothing in this period"],
    });
    expect(kpi({ to: "2020-01-01T00:00:00Z" })).toMatchObject({ code: 1 });
  });

  it("says where there is no journal, and where one is damaged", () => {
    expect(kpi().told[0]).toContain("there is no journal");
    write([opening]);
    appendFileSync(file, Buffer.from([200, 0, 0, 0, 1, 2, 3, 4, ...Array<number>(200).fill(7)]));
    expect(kpi()).toMatchObject({ code: 1 });
    expect(kpi().told[0]).toContain("the journal cannot be read to its end");
  });

  it("is a command of the program", async () => {
    write([opening, ...story(2 * minute, (site, at) => (site === "s1" && at >= minute ? 95 : 10))]);
    const { code, stdout, stderr } = await runCommand(["kpi", "--data", folder.path, "--tier", "city"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("(0.0 days), city\n");
    expect(stdout).toContain("1  s1/a~limit~high\n");
  });

  it("tells how far it is in a long journal", () => {
    const large = (nth: number): Said => ({
      kind: "message",
      at: start + (nth + 1) * minute,
      topic: "skyground/v1/s1/d1/telemetry",
      payload: Buffer.from(JSON.stringify({ ts: start + (nth + 1) * minute, values: { a: 10 } }) + " ".repeat(200_000)),
    });
    write([opening, ...Array.from({ length: 700 }, (_, nth) => [large(nth)])]);
    expect(kpi().told).toEqual([expect.stringMatching(/^read 128 of 1[34]\d MiB$/u)]);
  });
});
