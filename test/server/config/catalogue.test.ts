// Every row of the three catalogues stands in the packs, with the row's own numbers; the rows are kept apart from the packs.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { levels } from "../../../contract/level.ts";
import type { Point, Rule } from "../../../contract/plant.ts";
import { planCheck, planOf, setpointsOf } from "./plan-of.ts";
import { chemicalParameters, chemicalRows, healthRows } from "./rows-hazchem.ts";
import { pondParameters, pondRows } from "./rows-tailings.ts";
import { foundIn, saidOf, type Row } from "./rows.ts";

const packs = fileURLToPath(new URL("../../../config/packs", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "skyground-catalogue-"));
afterAll(() => rmSync(dir, { recursive: true }));

// Beside each row's own point a second detector of each sort, and what valves, meters and curves the rules look at.
const besides = {
  hazchem: ["gas_lel", "flame", "smoke", "inlet_valve", "esd_command", "tank_net_flow", "special_work"],
  tailings: ["decant_rating", "pond_area_curve"],
};

function siteOf(sector: "hazchem" | "tailings", rows: readonly Row[], parameters: object): object {
  const gases = sector === "hazchem" ? rows.filter(({ kind }) => kind.startsWith("gas_")).map(({ kind }) => kind) : [];
  const kinds = rows.map(({ kind }) => kind);
  const points = [
    ...kinds.map((kind) => ({ code: kind, kind })),
    ...[...new Set([...besides[sector], ...gases])].map((kind) => ({ code: `${kind}-2`, kind })),
  ];
  return { id: sector, sector, parameters, points };
}

/** A pond of which nobody has entered more than its shape. */
const { V, H, upstream, crest, slope } = pondParameters;
const bareKinds = ["dry_beach", "freeboard", "pond_level", "phreatic_depth", "disp_h_cum", "seepage_flow", "rain"];
const bare = {
  id: "bare",
  sector: "tailings",
  parameters: { V, H, upstream, crest, slope },
  points: bareKinds.map((kind) => ({ code: kind, kind })),
};

cpSync(packs, join(dir, "packs"), { recursive: true });
mkdirSync(join(dir, "plant"));
const sites = [
  siteOf("hazchem", [...chemicalRows, ...healthRows], chemicalParameters),
  siteOf("tailings", [...pondRows, ...healthRows], pondParameters),
  bare,
];
writeFileSync(join(dir, "plant", "all.yaml"), JSON.stringify({ sites }));
const plan = planOf(dir);

function pointAt(sector: string, kind: string): Point {
  const point = plan.points.find(({ id }) => id === `${sector}/${kind}`);
  if (point === undefined) throw new Error(`no point ${sector}/${kind}`);
  return point;
}

function keyOf({ id, direction }: Pick<Rule, "id" | "direction">): string {
  return `${id} ${direction}`;
}

const all = [
  ...chemicalRows.map((row) => ["hazchem", row.kind, row] as const),
  ...healthRows.map((row) => ["hazchem", row.kind, row] as const),
  ...pondRows.map((row) => ["tailings", row.kind, row] as const),
  ...healthRows.map((row) => ["tailings", row.kind, row] as const),
];

describe("the catalogue", () => {
  it("makes a plan that the contract knows", () => {
    expect(planCheck.Errors(plan)).toEqual([]);
  });

  it("tests the quality of what is like another kind as it tests that kind", () => {
    expect(pointAt("hazchem", "tank_level").quality?.spike).toEqual({ suspect: 2 });
    expect(pointAt("hazchem", "tank_level_liquefied").quality).toEqual(pointAt("hazchem", "tank_level").quality);
    // A toxic gas has the tests of its template, and those are what every gas head has.
    const others = new Set(["gas_lel_path", "gas_o2"]);
    const gases = chemicalRows.filter(({ kind }) => kind.startsWith("gas_") && !others.has(kind));
    expect(gases).toHaveLength(20);
    for (const { kind } of gases)
      expect(pointAt("hazchem", kind).quality, kind).toEqual(pointAt("hazchem", "gas_lel").quality);
  });

  it.each(all)("of %s has the row %s", (sector, kind, row) => {
    const point = pointAt(sector, kind);
    expect(point.unit).toBe(row.unit);
    expect(point.range.sensor).toEqual(row.sensor.map((end) => Math.round(end * 1e6) / 1e6));
    expect(point.report).toEqual(row.everyMs === null ? "onChange" : { everyMs: row.everyMs });
    expect(point.isData ?? false).toBe(row.isData ?? false);
    if (row.silence !== undefined) expect(point.silence).toEqual(row.silence);
    expect(point.name.zh).toMatch(/\p{Script=Han}/u);
    expect(point.name.en).toMatch(/^[\p{Script=Latin}]/u);
    for (const said of row.rules) {
      const rule = point.rules.find((each) => keyOf(each) === keyOf(said));
      expect(rule, `${kind} ${keyOf(said)}`).toBeDefined();
      if (rule === undefined) continue;
      expect(foundIn(rule, said)).toEqual(saidOf(said));
      expect(rule.latch).toBe(said.isLatched ?? false);
      const kinds = Object.values(rule.versions[0]?.levels ?? {}).flatMap((level) => level.map((each) => each.kind));
      if (said.kind !== null) expect(new Set(kinds)).toEqual(new Set([said.kind]));
    }
  });

  it("has no rule on these kinds but the rows', and a name and a card for each", () => {
    for (const [sector, kind, row] of all) {
      const point = pointAt(sector, kind);
      if (kind === "tank_level_liquefied") continue; // as tank_level, but for its ladder
      expect(point.rules.map(keyOf).toSorted(), kind).toEqual(row.rules.map(keyOf).toSorted());
      for (const rule of point.rules) {
        if (rule.id !== "limit") expect(rule.name?.zh, `${kind} ${rule.id}`).toMatch(/\p{Script=Han}/u);
        const used = levels.filter((level) => rule.versions[0]?.levels[level] !== undefined);
        const card = plan.actionCards[rule.actionCard ?? point.actionCard ?? ""];
        for (const level of used) expect(card?.[level]?.en, `${kind} ${rule.id} ${level}`).toBeTruthy();
      }
    }
  });

  it("accounts for every number, and calls none confirmed that is a proposal", () => {
    const rules = [...plan.points.flatMap((point) => point.rules), ...plan.sites.flatMap((site) => site.rules ?? [])];
    const conditions = rules.flatMap(({ versions }) =>
      versions.flatMap((version) => Object.values(version.levels).flat()),
    );
    expect(conditions.length).toBeGreaterThan(400);
    for (const { provenance } of conditions) {
      expect(provenance.from).not.toBe("unstated");
      if (provenance.from === "standard") expect(provenance.clause).not.toBe("");
      if (provenance.from === "product-default") expect(provenance.isConfirmed).toBe(false);
      // Words are worded in both languages; what is left reads alike: a standard with its number, or Chinese alone.
      const chinese = provenance.clauseZh ?? provenance.clause;
      expect(/[a-z]{4,}/u.test(chinese), chinese).toBe(false);
    }
    // The two statutory levels of a gas are confirmed; the tables of GB 50863 are not.
    const lel = pointAt("hazchem", "gas_lel").rules[0]?.versions[0]?.levels;
    expect([lel?.yellow?.[0]?.provenance.isConfirmed, lel?.orange?.[0]?.provenance.isConfirmed]).toEqual([true, true]);
    const beach = pointAt("tailings", "dry_beach").rules[0]?.versions[0]?.levels;
    expect(beach?.red?.[0]?.provenance).toEqual({
      from: "standard",
      clause: "GB 50863-2013 4.2.1",
      isConfirmed: false,
    });
  });

  it("makes a gas red by level 2 together with level 1 at another detector of the zone within 60 s", () => {
    const red = pointAt("hazchem", "gas_nh3").rules[0]?.versions[0]?.levels.red ?? [];
    expect(red.find(({ kind }) => kind === "combine")).toMatchObject({
      expression: {
        all: [
          { violated: { point: "hazchem/gas_nh3", direction: "high", setpoint: 40 } },
          {
            vote: {
              members: ["hazchem/gas_nh3-2"],
              violated: { direction: "high", setpoint: 20 },
              need: 1,
              windowMs: 60_000,
            },
          },
        ],
      },
    });
  });

  it("has the compound rules of both sectors where their inputs are", () => {
    const rulesOf = (sector: string): readonly unknown[] =>
      (plan.sites.find(({ id }) => id === sector)?.rules ?? []).map(({ id, direction, versions, actionCard }) => [
        id,
        direction,
        Object.keys(versions[0]?.levels ?? {}),
        Object.hasOwn(plan.actionCards, actionCard ?? ""),
      ]);
    expect(rulesOf("hazchem")).toEqual([
      ["downwind", "none", ["orange"], true],
      ["cooling_lost", "none", ["orange"], true],
      ["uncommitted_work", "none", ["yellow"], true],
    ]);
    expect(rulesOf("tailings")).toEqual([
      ["rain_and_rise", "none", ["orange", "red"], true],
      ["piping", "none", ["orange"], true],
      ["sliding", "none", ["orange"], true],
      ["lost_in_storm", "none", ["orange"], true],
    ]);
    // Without a turbidity meter nobody can tell piping by both.
    expect(rulesOf("bare").map((rule) => (rule as readonly unknown[])[0])).toEqual([
      "rain_and_rise",
      "sliding",
      "lost_in_storm",
    ]);
  });

  it("calls what still waits for its design number not configured, and keeps the limits that do not", () => {
    const waits = Object.fromEntries(bareKinds.map((kind) => [kind, pointAt("bare", kind).notConfigured]));
    expect(waits).toEqual({
      dry_beach: ["dh"],
      freeboard: ["dh"],
      pond_level: ["dh"],
      phreatic_depth: undefined,
      disp_h_cum: ["dispH"],
      seepage_flow: ["seepBase", "turbBase"],
      rain: undefined,
    });
    expect(setpointsOf(pointAt("bare", "dry_beach"), "low")).toEqual({ red: [50] });
    expect(setpointsOf(pointAt("bare", "pond_level"), "high")).toEqual({ red: [119.5] });
    expect(bareKinds.every((kind) => pointAt("bare", kind).isKey)).toBe(true);
  });
});
