// The cross-sections of every dam of the demo as data: true to scale, honest about breaks and missing instruments, labels apart.
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Section } from "../../contract/drawing.ts";
import type { Level } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import type { Quality } from "../../contract/sample.ts";
import drawingsText from "../../config/plant/tailings-drawings.yaml?raw";
import registerText from "../../config/plant/tailings.yaml?raw";
import {
  crestPx,
  elevationAt,
  frameOf,
  groundAt,
  toeOf,
  toPx,
  toPy,
  waterlineOf,
} from "../../dashboard/src/charts/section-frame.ts";
import { isOverlap, placeRow } from "../../dashboard/src/charts/section-labels.ts";
import { sectionModel, type SectionModel } from "../../dashboard/src/charts/section-model.ts";
import { runsOf, type Shape } from "../../dashboard/src/charts/section-shapes.ts";
import { monotoneSlopes, splinePath } from "../../dashboard/src/charts/section-spline.ts";
import { rateOf } from "../../dashboard/src/screens/site/section-rate.ts";
import { isBeachAtOdds, readingOf, worstFirst, type Read } from "../../dashboard/src/screens/site/section-readings.ts";
import { sectionView } from "../../dashboard/src/screens/site/section-view.ts";
import { createWords, type Language } from "../../dashboard/src/text/words.ts";
import { pointOf } from "./support.ts";

interface Pond {
  readonly id: string;
  readonly parameters: { readonly H: number; readonly crest: number; readonly slope: number };
  readonly points: readonly { readonly code: string; readonly kind: string }[];
}
const drawings = (
  parse(drawingsText) as { readonly drawings: Readonly<Record<string, { readonly sections: readonly Section[] }>> }
).drawings;
const ponds = (parse(registerText) as { readonly sites: readonly Pond[] }).sites;
const every = ponds.flatMap((pond) => (drawings[pond.id]?.sections ?? []).map((section) => ({ pond, section })));
const named = every.map(({ pond, section }) => [`${pond.id} ${section.id}`, pond, section] as const);
const size = [1220, 430] as const;
const now = 1_000_000;

interface State {
  readonly value: number;
  readonly quality?: Quality;
  readonly freshness?: "live" | "stale" | "bad" | "offline";
  readonly level?: Level | null;
}
function firstOf(sections: typeof every): Section {
  const found = sections.find(({ pond }) => pond.id === "tp-01");
  if (found === undefined) throw new Error("tp-01 has no section");
  return found.section;
}
/** A pond as its instruments tell it; codes that are not named say `usual`. */
function readerOf(section: Section, states: Readonly<Record<string, State>> = {}, usual: Partial<State> = {}): Read {
  return (code) => {
    if (code === undefined) return null;
    const value = code.startsWith("WL")
      ? section.crest - 2.5
      : code.startsWith("DB")
        ? 250
        : code.startsWith("FB")
          ? 2.5
          : 5.2;
    const state: State = { value, ...usual, ...states[code] };
    const decimals = /^(GN|DB|RG)/u.test(code) ? 1 : 2;
    const unit = code.startsWith("GN") ? "mm" : code.startsWith("SF") ? "L/s" : code.startsWith("TB") ? "NTU" : "m";
    const low = (setpoint: number) => [
      {
        kind: "limit" as const,
        setpoint,
        deadband: 0,
        onDelayMs: 0,
        onSamples: 1,
        offDelayMs: 0,
        provenance: { from: "product-default" as const, clause: "test", isConfirmed: false },
      },
    ];
    const versions = [{ version: 1, validFrom: 0, approver: null, levels: { orange: low(3.08), red: low(2.8) } }];
    const rules: Point["rules"] = code.startsWith("P-")
      ? [{ id: "low", direction: "low", latch: false, versions }]
      : [];
    const point = pointOf(`tp/${code}`, { decimals, unit, rules });
    const latest = {
      value: state.value,
      quality: state.quality ?? ("good" as const),
      sourceAt: now - 12_000,
      receivedAt: now,
    };
    return readingOf(point, { latest, freshness: state.freshness ?? "live", offlineSince: 1 }, state.level ?? null);
  };
}
function modelOf(
  section: Section,
  read: Read,
  language: Language = "zh",
): SectionModel & { readonly notes: readonly string[] } {
  const view = sectionView(section, read, createWords(language), now);
  return { ...sectionModel({ ...view.input, size }), notes: view.notes };
}
const shapesOf = ({ shapes }: SectionModel, role: Shape["role"]): readonly Shape[] =>
  shapes.filter((shape) => shape.role === role);
const spotsOf = (d: string): readonly (readonly [number, number])[] =>
  [...d.matchAll(/(-?[\d.]+),(-?[\d.]+)/gu)].map(([, x, y]) => [Number(x), Number(y)] as const);

describe("the register of sections", () => {
  it("draws every pond, one of them by two sections", () => {
    expect(Object.keys(drawings).toSorted()).toEqual(ponds.map(({ id }) => id).toSorted());
    expect(Math.max(...Object.values(drawings).map(({ sections }) => sections.length))).toBeGreaterThan(1);
  });

  it.each(named)("is true to the register of %s: crest, height, beach, codes", (_name, pond, section) => {
    const { crest, H, slope } = pond.parameters;
    expect([section.crest, section.beachSlope]).toEqual([crest, slope]);
    const highest = Math.max(...(drawings[pond.id]?.sections ?? []).map((each) => each.crest - toeOf(each)[1]));
    expect(highest).toBeCloseTo(H, 6);
    const codes = new Set(pond.points.map(({ code }) => code));
    for (const { point } of section.piezometers) expect(codes).toContain(point);
    for (const { horizontal, vertical } of section.marks)
      expect([codes.has(horizontal ?? ""), codes.has(vertical ?? "")]).toEqual([true, true]);
  });

  it.each(named)(
    "has one elevation function over %s, and water 5 m deep lies inside the dam",
    (_name, _pond, section) => {
      const [toeX, toeZ] = toeOf(section);
      expect([elevationAt(section, 0), elevationAt(section, toeX)]).toEqual([section.crest, toeZ]);
      expect(elevationAt(section, -100)).toBeCloseTo(section.crest - 1, 9);
      expect(elevationAt(section, -1e-6)).toBeCloseTo(section.crest, 6);
      expect(groundAt(section, toeX)).toBeCloseTo(toeZ, 1);
      for (const { x, bottom } of section.piezometers) {
        expect(elevationAt(section, x) - 5).toBeGreaterThan(groundAt(section, x));
        expect(bottom).toBeGreaterThan(groundAt(section, x));
        expect(bottom).toBeLessThanOrEqual(elevationAt(section, x) - 4.5);
      }
    },
  );
});

describe("the scale", () => {
  it.each(named)("is the same for both axes in every part of %s, within 2 %", (_name, _pond, section) => {
    for (const free of [-0.3, 0.2, 2.5, 12]) {
      const frame = frameOf(section, section.crest - free, size);
      const down = (toPy(frame, section.crest - 10) - toPy(frame, section.crest)) / 10;
      for (const { fromM, toM } of frame.parts) {
        const along = ((toPx(frame, toM) ?? 0) - (toPx(frame, fromM) ?? 0)) / (toM - fromM);
        expect(Math.abs(along / down - 1)).toBeLessThan(0.02);
      }
      expect(frame.pxPerM).toBeGreaterThan(2);
    }
  });

  it.each(named)("holds for what is drawn of %s: the face keeps its slopes", (_name, _pond, section) => {
    const [surface] = shapesOf(modelOf(section, readerOf(section)), "surface");
    const drawn = spotsOf(surface?.d ?? "").slice(1, section.face.length + 1);
    const { pxPerM } = frameOf(section, section.crest - 2.5, size);
    for (const [nth, [x, z]] of section.face.entries()) {
      expect((drawn[nth]?.[0] ?? 0) - (drawn[0]?.[0] ?? 0)).toBeCloseTo(x * pxPerM, 0);
      expect((drawn[nth]?.[1] ?? 0) - (drawn[0]?.[1] ?? 0)).toBeCloseTo((section.crest - z) * pxPerM, 0);
    }
  });

  it.each(named)("breaks the long beach of %s and says how much is left out", (_name, _pond, section) => {
    const level = section.crest - 2.5;
    const frame = frameOf(section, level, size);
    const [first, second] = frame.parts;
    expect(frame.omittedM).toBeCloseTo((second?.fromM ?? 0) - (first?.toM ?? 0), 9);
    expect(frame.omittedM).toBeGreaterThan(0);
    expect(toPx(frame, waterlineOf(section, level))).not.toBeNull();
    expect(toPx(frame, -1)).not.toBeNull();
    expect(toPx(frame, (first?.toM ?? 0) + frame.omittedM / 2)).toBeNull();
    expect(frameOf(section, section.crest - 0.2, size)).toMatchObject({ omittedM: 0, parts: [{}] });
  });
});

const states: readonly (readonly [string, Partial<State>])[] = [
  ["calm", {}],
  ["all red", { level: "red" }],
  ["all offline", { freshness: "offline", level: "orange" }],
  ["all stale", { freshness: "stale" }],
];

describe("the labels", () => {
  for (const language of ["zh", "en"] as const) {
    it.each(states)(`stand clear of each other on every dam, ${language}, %s`, (_name, usual) => {
      for (const { section } of every) {
        for (const extreme of [
          {},
          {
            "GN-01": { value: -5000 },
            "GN-01V": { value: -5000 },
            "GN-02": { value: 4999.9 },
            "DB-01": { value: 1999.9 },
            "FB-01": { value: -1.99 },
          },
        ]) {
          const { labels, frame } = modelOf(section, readerOf(section, extreme, usual), language);
          const pairs = labels.flatMap((a, nth) => labels.slice(nth + 1).map((b) => [a, b] as const));
          expect(pairs.filter(([a, b]) => isOverlap(a, b)).map(([a, b]) => `${a.key} × ${b.key}`)).toEqual([]);
          for (const label of labels) {
            expect(label.x).toBeGreaterThanOrEqual(frame.plot.x - 1);
            expect(label.x + label.width).toBeLessThanOrEqual(size[0] + 1);
            if (label.key !== "seepage") expect(label.y + label.height).toBeLessThanOrEqual(frame.plot.y);
          }
          expect(labels.map(({ key }) => key)).toEqual(
            expect.arrayContaining(section.piezometers.map(({ point }) => point)),
          );
        }
      }
    });
  }

  it("are pushed apart in their order, and are not placed where there is no room", () => {
    expect(
      placeRow(
        [
          { at: 50, width: 40 },
          { at: 55, width: 40 },
        ],
        0,
        200,
      ),
    ).toEqual([30, 80]);
    expect(
      placeRow(
        [
          { at: 190, width: 40 },
          { at: 195, width: 40 },
        ],
        0,
        200,
      ),
    ).toEqual([110, 160]);
    expect(
      placeRow(
        [
          { at: 0, width: 120 },
          { at: 0, width: 120 },
        ],
        0,
        200,
      ),
    ).toBeNull();
  });
});

describe("the water", () => {
  const section = firstOf(every);
  const overCrest = (model: SectionModel): boolean => {
    const crestY = toPy(model.frame, section.crest) - model.frame.plot.y;
    return shapesOf(model, "pool").some(({ d }) => spotsOf(d).some(([, y]) => y < crestY - 0.06));
  };

  it("stands above the crest only where the freeboard is below zero", () => {
    const over = { "WL-01": { value: section.crest + 0.12 } };
    expect(overCrest(modelOf(section, readerOf(section, { ...over, "FB-01": { value: -0.12 } })))).toBe(true);
    const doubted = modelOf(section, readerOf(section, { ...over, "FB-01": { value: 0.4 } }));
    expect(overCrest(doubted)).toBe(false);
    expect(doubted.notes).toContain("超高与水位不符");
    expect(overCrest(modelOf(section, readerOf(section)))).toBe(false);
  });

  it("is hatched and said where its level is not live, and not drawn where there is none", () => {
    const old = modelOf(section, readerOf(section, { "WL-01": { value: 125.5, freshness: "stale" } }));
    expect([shapesOf(old, "pool").length, shapesOf(old, "poolOld").length]).toEqual([0, 1]);
    expect(old.notes.some((note) => note.includes("断开前水位"))).toBe(true);
    const none = modelOf(section, readerOf(section, { "WL-01": { value: 125.5, freshness: "bad" } }));
    expect([...shapesOf(none, "pool"), ...shapesOf(none, "poolOld")]).toEqual([]);
    expect(none.frame.omittedM).toBe(0);
  });

  it("disagrees with the beach beyond a fifth of the freeboard", () => {
    expect(isBeachAtOdds(0.01, 250, 2.5)).toBe(false);
    expect(isBeachAtOdds(0.01, 199, 2.5)).toBe(true);
    expect(isBeachAtOdds(0.01, 301, 2.5)).toBe(true);
    expect(isBeachAtOdds(0.01, 0, -0.12)).toBe(false);
    expect(modelOf(section, readerOf(section, { "DB-01": { value: 180 } })).notes).toEqual(["滩长与水位不符"]);
  });
});

describe("the phreatic line", () => {
  const section = firstOf(every);

  it("goes through the measured water of every good pipe: face minus depth", () => {
    const model = modelOf(section, readerOf(section));
    const [line] = shapesOf(model, "phreatic");
    const ends = spotsOf(line?.d ?? "").filter((_, nth) => nth % 3 === 0);
    const wanted = section.piezometers.map(({ x }) => [
      x * model.frame.pxPerM,
      (model.frame.topM - elevationAt(section, x) + 5.2) * model.frame.pxPerM,
    ]);
    expect(ends).toHaveLength(wanted.length);
    for (const [nth, [x = 0, y = 0]] of wanted.entries()) {
      expect(ends[nth]?.[0]).toBeCloseTo(x, 0);
      expect(ends[nth]?.[1]).toBeCloseTo(y, 0);
    }
    expect(shapesOf(model, "guess")).toHaveLength(2);
  });

  it("is not drawn through a missing pipe, and the text says which", () => {
    for (const state of [
      { freshness: "bad" },
      { freshness: "stale" },
      { quality: "suspect" },
      { quality: "saturated" },
    ] as const) {
      const read = readerOf(section, { "P-03": { value: 5.2, ...state } });
      const model = modelOf(section, read);
      expect(model.notes[0]).toMatch(/^P-03 .+，浸润线未插值$/u);
      const [line, ...more] = shapesOf(model, "phreatic");
      expect(more).toEqual([]);
      const [, second = { x: 0 }] = section.piezometers;
      expect(Math.min(...spotsOf(line?.d ?? "").map(([x]) => x))).toBeGreaterThan(second.x * model.frame.pxPerM);
    }
    expect(
      modelOf(section, readerOf(section, { "P-03": { value: 0, freshness: "bad", quality: "bad" } })).notes,
    ).toEqual(["P-03 坏值，浸润线未插值"]);
  });

  it("says once what several pipes have in common", () => {
    const bad = { value: 0, freshness: "bad", quality: "bad" } as const;
    const read = readerOf(section, { "P-02": bad, "P-03": bad, "P-04": { value: 5, freshness: "offline" } });
    expect(modelOf(section, read).notes).toEqual([
      expect.stringMatching(/^P-04 .*离线.*，浸润线未插值$/u),
      "P-03 P-02 坏值，浸润线未插值",
    ]);
  });

  it("breaks into runs of neighbours", () => {
    const pipe = (x: number, isGood: boolean) => ({ x, isGood, depth: 5 }) as Parameters<typeof runsOf>[0][number];
    const runs = runsOf([pipe(4, true), pipe(1, true), pipe(3, false), pipe(2, true)]);
    expect(runs.map((run) => run.map(({ x }) => x))).toEqual([[1, 2], [4]]);
  });

  it("is monotone: between two pipes it never leaves their heights", () => {
    const lines = [
      [
        [0, 10],
        [1, 9.9],
        [2, 2],
        [3, 1.9],
        [10, 0],
      ],
      [
        [0, 0],
        [1, 5],
        [2, 5],
        [3, 6],
      ],
      [
        [0, 3],
        [5, 1],
        [6, 4],
        [20, 3.9],
      ],
    ] as const;
    for (const line of lines) {
      const curve = spotsOf(splinePath(line, (spot) => [spot[0] * 100, spot[1] * 100])).map(([, y]) => y / 100);
      for (const [nth, [, to]] of line.slice(1).entries()) {
        const from = line[nth]?.[1] ?? 0;
        const [a, b] = [curve.at(3 * nth + 1) ?? 0, curve.at(3 * nth + 2) ?? 0];
        for (let t = 0; t <= 1; t += 0.05) {
          const z = from * (1 - t) ** 3 + 3 * a * t * (1 - t) ** 2 + 3 * b * t * t * (1 - t) + to * t ** 3;
          expect(z).toBeGreaterThanOrEqual(Math.min(from, to) - 2e-3);
          expect(z).toBeLessThanOrEqual(Math.max(from, to) + 2e-3);
        }
      }
    }
    expect(
      monotoneSlopes([
        [0, 0],
        [1, 1],
        [2, 2],
      ]),
    ).toEqual([1, 1, 1]);
  });
});

describe("the order of sections and the rate of marks", () => {
  it("puts the worst first: by level, then by the least margin; noise does not shuffle", () => {
    const [one, two] = drawings["tp-04"]?.sections ?? [];
    if (one === undefined || two === undefined) throw new Error("tp-04 has two sections");
    const idsOf = (said: Readonly<Record<string, State>>): readonly string[] =>
      worstFirst([one, two], readerOf(one, said), now).map(({ id }) => id);
    expect(idsOf({})).toEqual(["1", "2"]);
    expect(idsOf({ "P-01": { value: 5.19 } })).toEqual(["1", "2"]);
    expect(idsOf({ "P-01": { value: 3.5 } })).toEqual(["2", "1"]);
    expect(idsOf({ "P-01": { value: 3.5 }, "P-04": { value: 5, level: "blue" } })).toEqual(["1", "2"]);
  });

  it("is the median slope of a week, and says what is missing for one", () => {
    const dayMs = 86_400_000;
    const bucket = (nth: number) => ({ at: nth * 7_200_000, min: 0, max: 0, last: nth === 40 ? 900 : nth / 12 });
    const week = Array.from({ length: 84 }, (_, nth) => bucket(nth));
    const rate = rateOf(week, 7 * dayMs);
    expect(rate.perDay).toBeCloseTo(1, 6);
    expect(rateOf(week.slice(0, 30), 7 * dayMs)).toEqual({ perDay: null, coveredMs: 29 * 7_200_000 });
    expect(rateOf([], 0)).toEqual({ perDay: null, coveredMs: 0 });
    const finer = Array.from({ length: 7 * 144 }, (_, nth) => ({ ...bucket(0), at: nth * 600_000, last: nth / 144 }));
    expect(rateOf(finer, 7 * dayMs).perDay).toBeCloseTo(1, 6);
    expect(rateOf(finer.slice(0, 8), 7 * dayMs)).toEqual({ perDay: null, coveredMs: 7 * 600_000 });
  });
});

describe("the crest on the screen", () => {
  it.each(named)("is never left out of %s", (_name, _pond, section) => {
    for (const level of [null, section.crest + 1, section.crest - 2, section.crest - 30]) {
      const frame = frameOf(section, level, size);
      expect(toPx(frame, 0)).toBe(crestPx(frame));
      expect(toPx(frame, toeOf(section)[0])).toBeLessThan(size[0]);
    }
  });
});
