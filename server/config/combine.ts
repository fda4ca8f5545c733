// Expressions of compound rules as written, with their points found; what a site does not have leaves its part out.
import type { Expression } from "../../contract/condition.ts";
import type { Point } from "../../contract/plant.ts";
import { rankOf } from "../../contract/level.ts";
import { amountOf, durationOf, type Reader } from "./amount.ts";
import { below, element, type Place } from "./fault-list.ts";
import { checkOneUnit, membersOf, type Chosen, type Company } from "./members.ts";
import type { CrossingFile, ExpressionFile, MembersFile, VoteFile } from "./rule-schema.ts";

/** What joint conditions are worked out with. */
export interface Joint {
  readonly reader: Reader;
  readonly company: Company;
  /** Told in words what the site does not have. */
  readonly onAbsent: (message: string) => void;
  /** Ids of points some of whose levels wait for a parameter, filled while they are worked out. */
  readonly waiting: Set<string>;
  /** Checks that must wait until every point of the site has its rules. */
  readonly later: (check: (points: ReadonlyMap<string, Point>) => void) => void;
}

/** A crossing with its number. */
export interface Crossing {
  readonly direction: "high" | "low";
  readonly setpoint: number;
}

const words = ["all", "any", "not", "hold", "violated", "state", "vote", "level", "silent", "lagging"] as const;

/** The expression with ids and numbers; undefined where it is faulty, or looks at what the site does not have. */
export function expressionOf(written: ExpressionFile, place: Place, joint: Joint): Expression | undefined {
  const { faults } = joint.reader;
  const said = words.filter((word) => written[word] !== undefined);
  const [word, second] = said;
  if (word === undefined || second !== undefined) {
    const found = word === undefined ? "none" : said.join(" and ");
    faults.addUnlessFaulty(place, `wants exactly one of ${words.join(", ")}: has ${found}`);
    return undefined;
  }
  if (written.forMs !== undefined && word !== "hold") faults.add(below(place, "forMs"), `does not belong to ${word}`);
  const at = below(place, word);
  const { all, any, not, hold, vote } = written;
  if (all !== undefined) return joined("all", all, at, joint);
  if (any !== undefined) return joined("any", any, at, joint);
  if (not !== undefined) {
    const inner = expressionOf(not, at, joint);
    return inner && { not: inner };
  }
  if (hold !== undefined) return held(hold, written, place, joint);
  if (vote !== undefined) {
    const made = voteOf(vote, at, joint);
    return made && { vote: made };
  }
  return leafOf(written, at, joint);
}

function joined(
  word: "all" | "any",
  written: readonly ExpressionFile[],
  place: Place,
  joint: Joint,
): Expression | undefined {
  const inputs = written.map((each, index) => expressionOf(each, element(place, index, undefined), joint));
  const there = inputs.filter((each) => each !== undefined);
  // Of several any one will do, so those that exist serve; all of them want every one.
  const isMade = word === "any" ? there.length > 0 : there.length === inputs.length;
  if (!isMade) return undefined;
  return word === "all" ? { all: there } : { any: there };
}

function held(written: ExpressionFile, beside: ExpressionFile, place: Place, joint: Joint): Expression | undefined {
  const { reader } = joint;
  const at = below(place, "forMs");
  if (beside.forMs === undefined) reader.faults.addUnlessFaulty(at, "is missing: for how long the last known holds");
  const forMs = durationOf(beside.forMs, at, reader);
  const inner = expressionOf(written, below(place, "hold"), joint);
  return inner === undefined || forMs === undefined ? undefined : { hold: inner, forMs };
}

function leafOf(written: ExpressionFile, place: Place, joint: Joint): Expression | undefined {
  const { violated, state, level, silent, lagging } = written;
  if (violated !== undefined) {
    const chosen = chosenOf(violated.of, below(place, "of"), joint);
    const { of: _of, ...sides } = violated;
    const crossing = crossingOf(sides, place, joint.reader);
    if (chosen !== undefined) checkOneUnit(chosen.seats, below(place, "of"), joint.reader.faults);
    return crossing && over(chosen, (point) => ({ violated: { point, ...crossing } }));
  }
  if (state !== undefined) {
    const chosen = chosenOf(state.of, below(place, "of"), joint);
    const { values } = state;
    if (values === undefined) joint.reader.faults.addUnlessFaulty(below(place, "values"), "is missing");
    return values && over(chosen, (point) => ({ state: { point, values } }));
  }
  if (level !== undefined) return levelOf(level, place, joint);
  if (silent !== undefined) return over(chosenOf(silent, place, joint), (point) => ({ silent: point }));
  return over(chosenOf(lagging, place, joint), (point) => ({ lagging: point }));
}

function levelOf(written: NonNullable<ExpressionFile["level"]>, place: Place, joint: Joint): Expression | undefined {
  const { reader, company } = joint;
  const { atLeast, rule = null, item } = written;
  if (atLeast === undefined) {
    reader.faults.addUnlessFaulty(below(place, "atLeast"), "is missing: blue, yellow, orange or red");
    return undefined;
  }
  if (item !== undefined) {
    if (written.of !== undefined) reader.faults.add(place, "has both of and item: keep one");
    const site = company.seats?.[0]?.id.split("/")[0];
    if (site === undefined) return undefined;
    const source = `${site}/${item}`;
    joint.later((points) => {
      if ([...points.values()].some((point) => point.item === source)) return;
      reader.faults.add(below(place, "item"), `unknown item ${item} on site ${reader.site}`);
    });
    return { level: { source, rule, atLeast } };
  }
  const chosen = chosenOf(written.of, below(place, "of"), joint);
  if (chosen !== undefined) {
    joint.later((points) => {
      // Levels that wait for a number are not there yet, and that is said of the point itself.
      if (chosen.seats.some(({ id }) => joint.waiting.has(id))) return;
      const rules = chosen.seats.flatMap(({ id }) => points.get(id)?.rules ?? []);
      const named = rules.filter((each) => rule === null || each.id === rule);
      if (rule !== null && named.length === 0) {
        reader.faults.add(below(place, "rule"), `no rule ${rule} on ${chosen.sought} (site ${reader.site})`);
        return;
      }
      const given = named.flatMap(({ versions }) => versions.flatMap((version) => Object.keys(version.levels)));
      if (given.some((each) => rankOf(each as typeof atLeast) >= rankOf(atLeast))) return;
      reader.faults.add(
        below(place, "atLeast"),
        `${atLeast} is never reached by ${chosen.sought} (site ${reader.site})`,
      );
    });
  }
  return over(chosen, (source) => ({ level: { source, rule, atLeast } }));
}

/** What is said of one point, said of those chosen. */
function over(chosen: Chosen | undefined, say: (point: string) => Expression): Expression | undefined {
  if (chosen === undefined) return undefined;
  const [first, ...others] = chosen.seats.map(({ id }) => say(id));
  if (first === undefined || others.length === 0) return first;
  return chosen.isAll ? { all: [first, ...others] } : { any: [first, ...others] };
}

/** The points as written; undefined where none is said (listed) or none is there. */
export function chosenOf(written: MembersFile | undefined, place: Place, joint: Joint): Chosen | undefined {
  const { faults } = joint.reader;
  if (written === undefined) {
    faults.addUnlessFaulty(place, "is missing: which points?");
    return undefined;
  }
  const chosen = membersOf(written, place, joint.company, faults);
  if (chosen.seats.length > 0) return chosen;
  joint.onAbsent(`this site has no ${chosen.sought}`);
  return undefined;
}

/** Exactly one side with its number. */
export function crossingOf(written: CrossingFile | undefined, place: Place, reader: Reader): Crossing | undefined {
  const { high, low } = written ?? {};
  if ((high === undefined) === (low === undefined)) {
    reader.faults.addUnlessFaulty(place, "wants exactly one of high and low");
    return undefined;
  }
  const direction = high === undefined ? "low" : "high";
  const setpoint = amountOf(high ?? low, below(place, direction), reader);
  return setpoint && { direction, setpoint: setpoint.value };
}

/** A vote with its members; `need` above their number can never be reached. */
export function voteOf(
  written: VoteFile,
  place: Place,
  joint: Joint,
): Extract<Expression, { vote: unknown }>["vote"] | undefined {
  const { reader } = joint;
  const { need = 1, windowMs } = written;
  const violated = crossingOf(written.violated, below(place, "violated"), reader);
  const windowIs = durationOf(windowMs ?? 0, below(place, "windowMs"), reader);
  const chosen = chosenOf(written.of, below(place, "of"), joint);
  if (chosen === undefined || violated === undefined || windowIs === undefined) return undefined;
  checkOneUnit(chosen.seats, below(place, "of"), reader.faults);
  const members = chosen.seats.map(({ id }) => id);
  if (need > members.length) {
    joint.onAbsent(`needs ${need} members and has ${members.length}: it can never be reached`);
    return undefined;
  }
  return { members, violated, need, windowMs: windowIs };
}
