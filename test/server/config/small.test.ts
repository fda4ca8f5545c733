// What a small configuration may leave out, and what points, kinds and sites may say over one another.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPlan } from "../../../server/config.ts";
import { unstated } from "../../../server/config/provenance.ts";
import { defaultRouting } from "../../../server/config/routing.ts";
import { planCheck, planOf, pointOf, setpointsOf } from "./plan-of.ts";

describe("a small configuration", () => {
  let dir = "";

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "skyground-config-"));
  });

  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }

  it("needs one file of ten lines", () => {
    const plan = planOf(fileURLToPath(new URL("small", import.meta.url)));
    expect(planCheck.Check(plan)).toBe(true);
    const noRollup = { kind: "worstOf" };
    const limit = { kind: "limit", deadband: 2, onSamples: 1, offDelayMs: 0, provenance: unstated };
    expect(plan).toEqual({
      city: { id: "city", name: { zh: "全市", en: "City" } },
      counties: [{ id: "city", name: { zh: "全市", en: "City" } }],
      sectors: [{ id: "general", name: { zh: "通用", en: "General" }, outline: "square" }],
      sites: [
        {
          id: "machine",
          name: { zh: "machine", en: "machine" },
          shortName: { zh: "machine", en: "machine" },
          county: "city",
          town: { zh: "", en: "" },
          sector: "general",
          lng: 0,
          lat: 0,
          rollup: noRollup,
          items: ["machine/TE-1"],
          devices: ["machine/gw-1"],
          facts: [],
        },
      ],
      items: [
        {
          id: "machine/TE-1",
          site: "machine",
          name: { zh: "TE-1", en: "TE-1" },
          rollup: noRollup,
          points: ["machine/TE-1"],
        },
      ],
      points: [
        {
          id: "machine/TE-1",
          code: "TE-1",
          site: "machine",
          item: "machine/TE-1",
          device: "machine/gw-1",
          kind: "TE-1",
          name: { zh: "TE-1", en: "TE-1" },
          unit: "°F",
          resolution: 0.01,
          decimals: 2,
          range: { sensor: [-1e12, 1e12], operator: [-1e12, 1e12] },
          overRange: "saturated",
          report: { everyMs: 300_000 },
          silentAfterMs: 900_000,
          silence: { blue: 900_000, yellow: 1_800_000, orange: 14_400_000 },
          isKey: true,
          actionCard: null,
          rules: [
            {
              id: "limit",
              direction: "high",
              latch: false,
              versions: [
                {
                  version: 1,
                  validFrom: 0,
                  approver: null,
                  levels: {
                    yellow: [{ ...limit, setpoint: 95, onDelayMs: 0 }],
                    red: [{ ...limit, setpoint: 105, onDelayMs: 600_000 }],
                  },
                },
              ],
            },
          ],
        },
      ],
      devices: [{ id: "machine/gw-1", site: "machine", code: "gw-1" }],
      routing: defaultRouting,
      actionCards: {},
      lateAfterMs: 600_000,
    });
  });

  it("takes plain texts, numbers for ids, anchors and merge keys", () => {
    write(
      "plant/a.yaml",
      `city: { id: 441500, name: 汕尾市 }
counties: [{ id: 441502, name: { zh: 城区 } }]
sites:
  - id: a
    name: Works A
    facts: [{ name: Owner, value: Somebody }]
    points:
      - &first { code: 101, unit: m, report: { everyMs: 1000 } }
      - { <<: *first, code: 102, decimals: 0, isKey: true, device: gw-7 }
`,
    );
    const plan = planOf(dir);
    expect(plan.city).toEqual({ id: "441500", name: { zh: "汕尾市", en: "汕尾市" } });
    expect(plan.counties).toEqual([{ id: "441502", name: { zh: "城区", en: "城区" } }]);
    expect(plan.sites[0]).toMatchObject({ county: "441502", name: { zh: "Works A" }, devices: ["a/gw-1", "a/gw-7"] });
    expect(pointOf(plan, "a/102")).toMatchObject({ unit: "m", resolution: 1, isKey: true, device: "a/gw-7" });
    expect(pointOf(plan, "a/101")).toMatchObject({ isKey: false, silentAfterMs: 30_000 });
  });

  it("keeps versions apart, with the instant that each is valid from", () => {
    write(
      "plant/a.yaml",
      `sites:
  - id: a
    points:
      - code: L
        report: onChange
        rules:
          high:
            versions:
              - { levels: { red: { setpoint: 9 } } }
              - { version: 5, validFrom: 2026-04-01T00:00:00+08:00, approver: Chief Engineer, levels: { red: { setpoint: 8 } } }
              - { version: 6, validFrom: 1800000000000, levels: { red: [{ setpoint: 7, onSamples: 3 }, { setpoint: 7.5 }] } }
`,
    );
    const versions = pointOf(planOf(dir), "a/L").rules[0]?.versions;
    expect(versions?.map(({ version, validFrom, approver }) => [version, validFrom, approver])).toEqual([
      [1, 0, null],
      [5, Date.UTC(2026, 2, 31, 16), "Chief Engineer"],
      [6, 1_800_000_000_000, null],
    ]);
    expect(versions?.[2]?.levels.red?.map(({ setpoint, onSamples }) => [setpoint, onSamples])).toEqual([
      [7, 3],
      [7.5, 1],
    ]);
  });

  it("lays a point over its kind: a word, a level, a direction, or all of it", () => {
    write(
      "packs/p.yaml",
      `kinds:
  level:
    name: Level
    unit: m
    report: { everyMs: 1000 }
    rules:
      high:
        blue: { setpoint: 5, deadband: 1, onDelayMs: 7, provenance: standard GB 1 }
        red: { setpoint: 9, deadband: 1, provenance: "standard? GB 2 (twice) | GB 2（两倍）" }
      low: { red: { setpoint: 1 } }
`,
    );
    write(
      "plant/a.yaml",
      `sites:
  - id: a
    points:
      - { code: A, kind: level, name: First, rules: { high: { blue: { setpoint: 6 }, red: { deadband: 2 } } } }
      - { code: B, kind: level, rules: { high: { blue: null, orange: { setpoint: 8 } }, low: null } }
      - { code: C, kind: level, rules: { high: { red: [{ setpoint: 9 }, { setpoint: 10 }] } } }
      - { code: D, kind: level, rules: { high: { versions: [{ version: 4, levels: { red: { setpoint: 3 } } }] } } }
`,
    );
    const plan = planOf(dir);
    const [a, b, c, d] = ["A", "B", "C", "D"].map((code) => pointOf(plan, `a/${code}`));
    expect(a?.rules[0]?.versions[0]?.levels).toMatchObject({
      blue: [{ setpoint: 6, deadband: 1, onDelayMs: 7, provenance: unstated }],
      red: [
        {
          setpoint: 9,
          deadband: 2,
          provenance: { from: "standard", clause: "GB 2 (twice)", clauseZh: "GB 2（两倍）", isConfirmed: false },
        },
      ],
    });
    expect(a?.rules.map(({ direction }) => direction)).toEqual(["high", "low"]);
    expect(b?.rules.map(({ direction }) => direction)).toEqual(["high"]);
    expect(b === undefined ? {} : setpointsOf(b, "high")).toEqual({ orange: [8], red: [9] });
    expect(c === undefined ? {} : setpointsOf(c, "high")).toEqual({ blue: [5], red: [9, 10] });
    expect(d?.rules[0]?.versions.map(({ version }) => version)).toEqual([4]);
    // Points of one kind are one item, called like the kind and not like its first point.
    expect(plan.items).toMatchObject([{ id: "a/level", name: { en: "Level" }, points: ["a/A", "a/B", "a/C", "a/D"] }]);
  });

  it("lets several kinds be one item, and slow points fall silent in order", () => {
    write(
      "packs/p.yaml",
      `kinds:
  gas: { name: Gas, unit: "%LEL", report: { everyMs: 1000 } }
  gas_path: { unit: LEL·m, item: gas, report: { everyMs: 36000000 } }
`,
    );
    write("plant/a.yaml", "sites: [{ id: a, points: [{ code: A, kind: gas_path }, { code: B, kind: gas }] }]");
    const plan = planOf(dir);
    expect(plan.items).toMatchObject([{ id: "a/gas", name: { en: "Gas" }, points: ["a/A", "a/B"] }]);
    const hour = 3_600_000;
    expect(pointOf(plan, "a/A").silence).toEqual({ blue: 30 * hour, yellow: 60 * hour, orange: 90 * hour });
  });

  it("lets a site state what the pack would have worked out", () => {
    write(
      "packs/p.yaml",
      `parameters: { Lc: L0 + 100 }
kinds: { beach: { unit: m, report: onChange, rules: { low: { orange: { setpoint: Lc } } } } }
`,
    );
    write(
      "plant/a.yaml",
      `sites:
  - { id: a, parameters: { L0: 50 }, points: [{ code: B, kind: beach }] }
  - { id: b, parameters: { L0: 50, Lc: 170 }, points: [{ code: B, kind: beach }] }
`,
    );
    const plan = planOf(dir);
    expect(setpointsOf(pointOf(plan, "a/B"), "low")).toEqual({ orange: [150] });
    expect(setpointsOf(pointOf(plan, "b/B"), "low")).toEqual({ orange: [170] });
  });

  it("never throws, whatever the files hold, and what it lets through is a plan", () => {
    const sane = {
      plant: {
        city: { id: 1 },
        sites: [
          {
            id: "a",
            parameters: { L0: 5 },
            points: [{ code: "L", kind: "k", rules: { high: { red: { setpoint: 7 } } } }],
          },
        ],
      },
      packs: {
        tables: { t: { "1": 2 } },
        rollup: { site: "worstOf" },
        kinds: {
          k: {
            unit: "m",
            range: { sensor: [0, 10] },
            report: { everyMs: 1 },
            silence: { blue: 30_000 },
            rules: { high: { blue: { setpoint: "L0" } } },
          },
        },
      },
      routing: {
        data: { blue: [{ tier: "city", withinMs: 1 }] },
        departments: { city: { zh: "市", en: "City" } },
        overlays: [{ sector: "p", county: 1, departments: { city: "C" }, process: { red: [{ tier: "city" }] } }],
      },
    };
    /** Every place of a tree, as a list of keys. */
    const placesOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
      typeof value === "object" && value !== null
        ? [path, ...Object.entries(value).flatMap(([key, child]) => placesOf(child, [...path, key]))]
        : [path];
    const places = placesOf(sane).filter((path) => path.length > 0);
    const put = (value: unknown, [key = "", ...rest]: readonly string[], put_: unknown): unknown => {
      const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) };
      Object.assign(copy, {
        [key]: rest.length === 0 ? put_ : put((value as Record<string, unknown>)[key], rest, put_),
      });
      return copy;
    };
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, "", "1/0", "L0", -1, 1e300, [], {}, [[]], [{}]),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), odd), { minLength: 1, maxLength: 3 }), (changes) => {
        let made: unknown = sane;
        for (const [path, value] of changes) {
          const isThere = path
            .slice(0, -1)
            .reduce<unknown>(
              (at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined),
              made,
            );
          if (typeof isThere === "object" && isThere !== null) made = put(made, path, value);
        }
        const { plant, packs, routing } = made as Record<string, unknown>;
        write("plant/a.yaml", JSON.stringify(plant) ?? "");
        write("packs/p.yaml", JSON.stringify(packs) ?? "");
        write("routing.yaml", JSON.stringify(routing) ?? "");
        const loaded = loadPlan(dir);
        if (loaded.ok) expect(planCheck.Check(loaded.plan)).toBe(true);
        else expect(loaded.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 400 },
    );
  });

  it("lets a kind speak more often in a storm, never less often, and a site say when that is", () => {
    write(
      "packs/p.yaml",
      `kinds:
  level:
    unit: m
    report: { everyMs: 10 * minute }
    silence: { yellow: 1 * hour }
    sampling: { alert: { everyMs: 5 * minute }, storm: { everyMs: 1 * minute, onDelayMs: 2 * minute } }
  rain: { unit: mm, report: { everyMs: 5 * minute }, sampling: { storm: {} } }
  valve: { unit: "1", report: onChange, sampling: { alert: { everyMs: 1000 } } }
sampling:
  alert: { when: [{ atLeast: yellow }], holdMs: 1 * hour }
  storm: { when: [{ of: { kind: rain }, rule: limit, atLeast: yellow }], holdMs: 6 * hour }
`,
    );
    write(
      "plant/plant.yaml",
      `sites:
  - id: a
    points:
      - { code: L, kind: level }
      - { code: F, kind: level, report: { everyMs: 30000 } }
      - { code: R, kind: rain }
      - { code: V, kind: valve }
  - id: b
    sampling: { alert: { when: [{ of: L, atLeast: red }], holdMs: 1000 } }
    points: [{ code: L, kind: level }]
`,
    );
    const plan = planOf(dir);
    expect(planCheck.Check(plan)).toBe(true);
    expect(plan.sites.map(({ sampling }) => sampling)).toEqual([
      {
        alert: { when: [{ source: "a", atLeast: "yellow" }], holdMs: 3_600_000 },
        storm: { when: [{ source: "a/R", rule: "limit", atLeast: "yellow" }], holdMs: 21_600_000 },
      },
      // Its own alert; and without a rain gauge no storm.
      { alert: { when: [{ source: "b/L", atLeast: "red" }], holdMs: 1000 } },
    ]);
    const silence = { yellow: 3_600_000 };
    expect(pointOf(plan, "a/L").sampling).toEqual({
      alert: { everyMs: 300_000, silentAfterMs: 900_000, silence },
      storm: { everyMs: 60_000, silentAfterMs: 180_000, silence, onDelayMs: 120_000 },
    });
    expect(pointOf(plan, "a/F").sampling?.storm).toMatchObject({ everyMs: 30_000, silentAfterMs: 90_000 });
    expect(pointOf(plan, "a/R").sampling).toEqual({
      storm: {
        everyMs: 300_000,
        silentAfterMs: 900_000,
        silence: { blue: 900_000, yellow: 1_800_000, orange: 14_400_000 },
      },
    });
    expect(pointOf(plan, "a/V").sampling).toBeUndefined();
  });

  it("lets a silence be learned, within bounds of its own or the usual ones, never beyond the next level", () => {
    write(
      "packs/p.yaml",
      `kinds:
  level: { report: { everyMs: 10 * minute }, silentAfterMs: auto }
  gas: { report: { everyMs: 10 * second }, silentAfterMs: { floorMs: 1 * minute, ceilingMs: 20 * minute } }
  battery: { report: { everyMs: 1 * second }, silentAfterMs: auto, silence: { yellow: 2 * minute }, health: battery }
  pulse: { report: { everyMs: 1 * second }, silentAfterMs: { ceilingMs: 20 * second } }
`,
    );
    write(
      "plant/plant.yaml",
      `sites:
  - id: a
    points:
      - { code: L, kind: level }
      - { code: M, kind: level, silentAfterMs: 45 * minute }
      - { code: G, kind: gas }
      - { code: B, kind: battery }
      - { code: P, kind: pulse }
`,
    );
    const plan = planOf(dir);
    expect(planCheck.Check(plan)).toBe(true);
    const shown = plan.points.map(({ code, silentAfterMs, learnSilence }) => [code, silentAfterMs, learnSilence]);
    expect(shown).toEqual([
      ["L", 1_800_000, { floorMs: 30_000, ceilingMs: 3_600_000 }],
      ["M", 2_700_000, undefined],
      ["G", 60_000, { floorMs: 60_000, ceilingMs: 1_200_000 }],
      ["B", 30_000, { floorMs: 30_000, ceilingMs: 120_000 }],
      ["P", 20_000, { floorMs: 20_000, ceilingMs: 20_000 }],
    ]);
    expect(plan.points.map(({ health }) => health)).toEqual([undefined, undefined, undefined, "battery", undefined]);
  });
});
