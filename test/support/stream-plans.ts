// The plans of random streams: every kind of condition, latch, ladder, report and quality test that a stream may meet.
import type { Expression } from "../../contract/condition.ts";
import type { Plan, Point, Rule } from "../../contract/plant.ts";
import { condition, ladder, limit, minute, planOf, point, rule, second, version } from "./plant.ts";
import { epoch } from "./room.ts";

const rungs = {
  blue: limit(50, { deadband: 2, onDelayMs: 20 * second, offDelayMs: 15 * second }),
  yellow: limit(60, { deadband: 2, onDelayMs: 10 * second, offDelayMs: 15 * second }),
  orange: limit(70, { deadband: 2, onDelayMs: 10 * second, offDelayMs: 5 * second }),
  red: limit(80, { deadband: 2, onSamples: 2, offDelayMs: 5 * second }),
};
const quick = { blue: limit(50), yellow: limit(60), orange: limit(70), red: limit(80) };
/** A rate, a sum and a baseline beside the limits, each quick to tell. */
const lookingBack = [
  rule("high", quick),
  rule(
    "high",
    {
      yellow: condition("rate", {
        method: "difference",
        windowMs: 30 * second,
        minSamples: 2,
        perMs: 30 * second,
        isAbsolute: false,
        setpoint: 20,
        deadband: 5,
        offDelayMs: 10 * second,
      }),
      orange: condition("cusum", {
        target: 30,
        sigma: 10,
        allowance: 0.5,
        setpoint: 6,
        deadband: 1,
        onDelayMs: 10_000,
      }),
    },
    { id: "rate" },
  ),
];
const violatedAt = (code: string, setpoint: number): Expression => ({
  violated: { point: `s1/${code}`, direction: "high", setpoint },
});
/** A detector is red where another of its zone stands at yellow as well, or by itself. */
const zoned = rule(
  "high",
  {
    ...quick,
    red: [
      limit(80),
      condition("combine", {
        expression: {
          all: [
            violatedAt("gas", 60),
            {
              vote: {
                members: ["s1/slow", "s1/a1"],
                violated: { direction: "high", setpoint: 60 },
                need: 1,
                windowMs: 30 * second,
              },
            },
          ],
        },
      }),
    ],
  },
  { latch: true },
);
/** Rules of the site: a vote, a pair, and an expression that looks at alarms, at silence and at what it held. */
const ofSite: readonly Rule[] = [
  rule(
    "none",
    {
      orange: condition("vote", {
        members: ["s1/a1", "s1/a2", "s1/a3"],
        violated: { direction: "high", setpoint: 60 },
        need: 2,
        windowMs: 20 * second,
        offDelayMs: 10 * second,
      }),
    },
    { id: "twoOfThree" },
  ),
  rule(
    "high",
    {
      yellow: condition("pair", {
        method: "difference",
        of: "s1/a1",
        to: "s1/a4",
        skewMs: 20 * second,
        isAbsolute: true,
        setpoint: 30,
        deadband: 5,
      }),
    },
    { id: "apart" },
  ),
  rule(
    "none",
    {
      red: condition("combine", {
        expression: {
          any: [
            { all: [{ silent: "s1/a1" }, { level: { source: "s1/slow", rule: null, atLeast: "yellow" } }] },
            { all: [{ hold: violatedAt("a2", 70), forMs: minute }, { not: { lagging: "s1/a4" } }] },
          ],
        },
        onDelayMs: 5 * second,
      }),
    },
    { id: "compound" },
  ),
];
const range = { sensor: [0, 100], operator: [5, 95] } as const;

/** Quick enough that a stream of minutes meets each of them, wide enough that many messages stay calm. */
const tests = {
  spike: { suspect: 20 },
  rateOfChange: { perSecond: 4 },
  flatLine: [
    { afterMs: 20 * second, level: "blue" },
    { afterMs: 45 * second, level: "yellow" },
  ],
  attenuated: { windowMs: 20 * second, least: 2, level: "orange" },
  provenance: "test",
} satisfies Point["quality"];
/** Quick to begin and to end, so that a stream meets both; only with the first plan. */
const sampling = {
  alert: { everyMs: 5 * second, silentAfterMs: 20 * second, silence: { yellow: minute } },
  storm: { everyMs: 2 * second, silentAfterMs: 8 * second, silence: { yellow: 30 * second }, onDelayMs: 3 * second },
} satisfies Point["sampling"];
const still = { flatLine: [{ afterMs: 15 * second, level: "yellow" }], provenance: "test" } satisfies Point["quality"];

/** A plan whose first site is sampled more often where anything stands, and most where its slow point does. */
function sampled(plan: Plan): Plan {
  const occasions = {
    alert: { when: [{ source: "s1", atLeast: "yellow" as const }], holdMs: 20 * second },
    storm: { when: [{ source: "s1/slow", rule: "limit", atLeast: "blue" as const }], holdMs: minute },
  };
  return { ...plan, sites: plan.sites.map((site) => (site.id === "s1" ? { ...site, sampling: occasions } : site)) };
}

function planWith(limits: typeof rungs, isWide: boolean): Plan {
  const wide = { range: { sensor: [...range.sensor], operator: [...range.operator] } } as Pick<
    ReturnType<typeof point>,
    "range"
  >;
  const onChange = { report: "onChange", silentAfterMs: 60 * minute } as const;
  return planOf(
    [
      point("slow", {
        ...wide,
        rules: [rule("high", limits)],
        silence: { yellow: 2 * minute, orange: 20 * minute },
        quality: isWide ? tests : still,
        ...(isWide ? { sampling } : {}),
      }),
      point("gas", { ...wide, rules: [zoned], silence: { orange: 5 * minute }, quality: still }),
      point("valve", { ...wide, ...onChange, rules: [rule("high", limits, { mayMark: false })] }),
      point("switch", {
        ...wide,
        ...onChange,
        device: "s1/d2",
        rules: [rule("low", { red: limit(20, { offDelayMs: 10_000 }) })],
      }),
      point("a1", {
        item: "s1/i2",
        device: "s1/d2",
        rules: [rule("high", quick)],
        ...(isWide ? { learnSilence: { floorMs: 5 * second, ceilingMs: 2 * minute } } : {}),
      }),
      point("a2", {
        item: "s1/i2",
        device: "s1/d2",
        rules: [rule("high", quick)],
        ...(isWide ? { quality: { rateOfChange: { perSecond: 1 }, provenance: "test" } } : {}),
      }),
      point("a3", { item: "s1/i2", device: "s1/d2", rules: isWide ? [rule("high", quick)] : [] }),
      point("a4", {
        item: "s1/i2",
        device: "s1/d2",
        rules: [rule("high", quick), rule("low", { yellow: limit(10) })],
        ...(isWide ? { sampling } : {}),
      }),
      point("far", {
        site: "s2",
        item: "s2/i1",
        device: "s2/d1",
        rules: [
          rule(
            "low",
            {},
            { versions: [version(1, 0, { orange: limit(30) }), version(2, epoch + 5 * minute, { red: limit(25) })] },
          ),
        ],
      }),
      point("near", {
        site: "s3",
        item: "s3/i1",
        device: "s3/d1",
        rules: isWide ? lookingBack : lookingBack.slice(0, 1),
      }),
    ],
    {
      itemRollup: ladder("none"),
      siteRollup: ladder("one"),
      siteRules: { s1: isWide ? ofSite.slice(0, 1) : ofSite },
    },
  );
}

/** The plan that every stream starts with, and two that it may change to. */
export const plans: readonly [Plan, Plan, Plan] = [
  sampled(planWith(rungs, true)),
  planWith({ ...rungs, red: limit(90) }, false),
  planOf(planWith(rungs, true).points.slice(0, 8)),
];
