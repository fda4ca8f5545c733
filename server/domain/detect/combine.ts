// Is an expression over points and alarms true, false or unknown: Kleene's strong three-valued logic (semantics §4).
import type {
  Around,
  CombineCondition,
  Expression,
  JointKind,
  Member,
  Quantity,
  Vote,
} from "../../../contract/condition.ts";
import { rankOf } from "../../../contract/level.ts";
import { isDoubtful, violates, worstOf } from "../../../contract/member.ts";
import { inSteps } from "../../../contract/numbers.ts";
import type { Quality } from "../../../contract/sample.ts";

/** True, false, or null for unknown (Kleene 1952, Introduction to Metamathematics, §64). */
type Truth = boolean | null;

/** What a node of the expression comes to. */
interface Judged {
  readonly seen: Truth;
  /** The same where everything doubtful counts as unknown. It is unknown or equals `seen`: Kleene's logic is monotonic. */
  readonly sure: Truth;
  /** The worst quality of what makes it unsure; good where it is sure. */
  readonly quality: Quality;
  /** The inputs that made it so: of a true `any` those that are true, of an unknown one those that are unknown. */
  readonly because: readonly string[];
}

/** What a `hold` remembers. */
export interface Held {
  /** What was last known; null before anything was. */
  readonly truth: Truth;
  /** Since when it is not known any more, event time; null while it is. */
  readonly unknownSince: number | null;
}

/** The memory of an expression: its holds and its votes, in the order in which they are judged (inner ones first). */
export interface CombineState<S> {
  readonly holds: readonly Held[];
  readonly votes: readonly S[];
}

type VoteKind<S> = JointKind<Vote, S>;

/** One walk over an expression: what it looks at, what it remembered, and what it will. */
interface Walk<S> {
  readonly vote: VoteKind<S>;
  readonly around: Around;
  readonly state: CombineState<S>;
  readonly holds: Held[];
  readonly votes: S[];
  /** Something that was known stands in for what is not. */
  isHolding: boolean;
}

const nothingKnown: Held = { truth: null, unknownSince: null };
const knownTrue: Held = { truth: true, unknownSince: null };
const knownFalse: Held = { truth: false, unknownSince: null };

function partsOf(node: Expression): readonly Expression[] {
  if ("all" in node) return node.all;
  if ("any" in node) return node.any;
  if ("not" in node) return [node.not];
  return "hold" in node ? [node.hold] : [];
}

/** Every node of an expression, inner ones first: the order in which `judge` comes to them. */
function nodesOf(expression: Expression): readonly Expression[] {
  return [...partsOf(expression).flatMap(nodesOf), expression];
}

/** True if all are, false if one is, else unknown. */
function conjunction(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(null) ? null : true;
}

function negate(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

function all(parts: readonly Judged[]): Judged {
  const seen = conjunction(parts.map((part) => part.seen));
  const sure = conjunction(parts.map((part) => part.sure));
  return {
    seen,
    sure,
    quality: sure === null ? worstOf(parts.map((part) => part.quality)) : "good",
    because: parts.filter((part) => part.seen === seen).flatMap((part) => part.because),
  };
}

function not(part: Judged): Judged {
  return { ...part, seen: negate(part.seen), sure: negate(part.sure) };
}

function known(truth: Truth, ...because: readonly string[]): Judged {
  return { seen: truth, sure: truth, quality: "good", because };
}

function ofMember(point: string, member: Member, truth: Truth): Judged {
  if (truth === null || !isDoubtful(member)) return known(truth, point);
  return { seen: truth, sure: null, quality: worstOf([member.quality]), because: [point] };
}

function isOneOf(member: Member, values: readonly number[]): Truth {
  const { value, step } = member;
  if (value === null || member.isOutOfService) return null;
  return values.some((one) => inSteps(one, step) === inSteps(value, step));
}

function voted<S>(condition: Vote, walk: Walk<S>): Judged {
  const before = walk.state.votes[walk.votes.length] as S;
  const { state, quantity } = walk.vote.step(condition, before, walk.around);
  walk.votes.push(state);
  const seen = quantity.value === null ? null : quantity.value === 1;
  const isSure = seen === true ? quantity.quality === "good" : quantity.mayReturn;
  // Of a vote that is carried those who carried it.
  const because = seen === true ? String(quantity.values["violated"]).split(", ") : condition.members;
  return { seen, sure: isSure ? seen : null, quality: quantity.quality, because };
}

function held<S>(part: Judged, forMs: number, walk: Walk<S>): Judged {
  const before = walk.state.holds[walk.holds.length] as Held;
  const { at } = walk.around;
  if (part.seen !== null) {
    walk.holds.push(part.seen ? knownTrue : knownFalse);
    return part;
  }
  // It was known until now: how often the others were heard meanwhile makes no difference.
  const { truth } = before;
  const unknownSince = before.unknownSince ?? at;
  walk.holds.push(before.unknownSince === null ? { truth, unknownSince } : before);
  if (truth === null || at - unknownSince >= forMs) return part;
  walk.isHolding = true;
  // What is held may raise, marked; it is no proof that anything has returned.
  return { seen: truth, sure: null, quality: "suspect", because: part.because };
}

function judge<S>(expression: Expression, walk: Walk<S>): Judged {
  const { member, levelOf } = walk.around;
  // Every part is judged, also where the first one decides: each remembers.
  const each = (parts: readonly Expression[]): readonly Judged[] => parts.map((part) => judge(part, walk));
  if ("all" in expression) return all(each(expression.all));
  // De Morgan: any is not all not.
  if ("any" in expression) return not(all(each(expression.any).map(not)));
  if ("not" in expression) return not(judge(expression.not, walk));
  if ("hold" in expression) return held(judge(expression.hold, walk), expression.forMs, walk);
  if ("vote" in expression) return voted(expression.vote, walk);
  if ("violated" in expression) {
    const { point, ...crossing } = expression.violated;
    return ofMember(point, member(point), violates(member(point), crossing));
  }
  if ("state" in expression) {
    const { point, values } = expression.state;
    return ofMember(point, member(point), isOneOf(member(point), values));
  }
  if ("level" in expression) {
    const { source, rule, atLeast } = expression.level;
    const level = levelOf(source, rule);
    return known(level === "unknown" ? null : rankOf(level) >= rankOf(atLeast), source);
  }
  if ("silent" in expression) return known(member(expression.silent).isSilent, expression.silent);
  return known(member(expression.lagging).isLagging, expression.lagging);
}

function quantityOf({ seen, sure, quality, because }: Judged, isHolding: boolean): Quantity {
  const values = { because: [...new Set(because)].join(", ") };
  // A red or orange rule that is blind raises a data alarm, which names what it cannot see (semantics §4).
  if (seen === null) return { value: null, quality: "good", mayReturn: false, note: "blind", values };
  return {
    value: seen ? 1 : 0,
    quality,
    mayReturn: sure !== null,
    note: sure === null && isHolding ? "held" : null,
    values,
  };
}

const isSame = <T>(some: readonly T[], others: readonly T[]): boolean => some.every((one, nth) => one === others[nth]);

/** The points that a node looks at. */
function pointsOf(node: Expression): readonly string[] {
  if ("violated" in node) return [node.violated.point];
  if ("state" in node) return [node.state.point];
  if ("vote" in node) return node.vote.members;
  if ("silent" in node) return [node.silent];
  return "lagging" in node ? [node.lagging] : [];
}

/** The kind `combine`; its votes are counted by the kind `vote` that is handed in. */
export function createCombine<S>(vote: VoteKind<S>): JointKind<CombineCondition, CombineState<S>> {
  const votesOf = ({ expression }: CombineCondition): readonly Vote[] =>
    nodesOf(expression).flatMap((node) => ("vote" in node ? [node.vote] : []));
  const holdsOf = ({ expression }: CombineCondition): readonly number[] =>
    nodesOf(expression).flatMap((node) => ("hold" in node ? [node.forMs] : []));
  return {
    initial: (condition) => ({
      holds: holdsOf(condition).map(() => nothingKnown),
      votes: votesOf(condition).map(vote.initial),
    }),
    members: ({ expression }) => [...new Set(nodesOf(expression).flatMap(pointsOf))],
    sources: ({ expression }) => [
      ...new Set(nodesOf(expression).flatMap((node) => ("level" in node ? [node.level.source] : []))),
    ],
    step({ expression }, state, around) {
      const walk: Walk<S> = { vote, around, state, holds: [], votes: [], isHolding: false };
      const judged = judge(expression, walk);
      const isUnchanged = isSame(walk.holds, state.holds) && isSame(walk.votes, state.votes);
      return {
        state: isUnchanged ? state : { holds: walk.holds, votes: walk.votes },
        quantity: quantityOf(judged, walk.isHolding),
      };
    },
    dueAt(condition, state, at) {
      const ends = holdsOf(condition).flatMap((forMs, nth) => {
        const { truth, unknownSince } = state.holds[nth] as Held;
        if (truth === null || unknownSince === null) return [];
        return unknownSince + forMs > at ? [unknownSince + forMs] : [];
      });
      const votes = votesOf(condition).map((one, nth) => vote.dueAt(one, state.votes[nth] as S, at) ?? Infinity);
      const due = Math.min(...ends, ...votes);
      return due === Infinity ? null : due;
    },
  };
}
