// Are k of n members violated within a window: a vote in event time, that loses no voice by losing a member (semantics §4).
import type { Around, JointKind, Member, Quantity, Vote } from "../../../contract/condition.ts";
import { isDoubtful, isLessThanGood, undefinedBecause, violates, worstOf } from "../../../contract/member.ts";

/** What a vote remembers of one member: its last run of violations, and whether its loss counts as one. */
export interface Ballot {
  /** `sourceAt` of the run's first sample; null before the first run. */
  readonly since: number | null;
  /** `sourceAt` of the good sample that ended the run; null while it goes on. A value stands until the next. */
  readonly until: number | null;
  /** It was lost in a suspicious hour, and counts until it is heard again: lost never means normal (semantics §1). */
  readonly isByLoss: boolean;
}

/** The ballots, in the order of the members. */
export type VoteState = readonly Ballot[];

const blank: Ballot = { since: null, until: null, isByLoss: false };

/** The ballot after what its own member says. */
function mark(ballot: Ballot, member: Member, vote: Vote): Ballot {
  // Whatever is tried out on a member that is out of service is no violation, then or later.
  if (member.isOutOfService) return blank;
  const isViolated = violates(member, vote.violated);
  if (isViolated === null) return ballot;
  const isRunning = ballot.since !== null && ballot.until === null;
  if (isViolated && !isRunning) return { since: member.sourceAt, until: null, isByLoss: false };
  if (!isViolated && isRunning && !isLessThanGood(member)) {
    return { since: ballot.since, until: member.sourceAt, isByLoss: false };
  }
  return ballot.isByLoss ? { ...ballot, isByLoss: false } : ballot;
}

/** True where a member fell silent or bad while one of them, itself included, was violated within the window before. */
function isLostAmong(ballots: VoteState, member: Member, windowMs: number): boolean {
  const { lostAt } = member;
  if (lostAt === null || member.isOutOfService) return false;
  return ballots.some(
    ({ since, until }) => since !== null && since <= lostAt && (until === null || until > lostAt - windowMs),
  );
}

function fill(vote: Vote, state: VoteState, members: readonly Member[]): VoteState {
  const marked = state.map((ballot, nth) => mark(ballot, members[nth] as Member, vote));
  const filled = marked.map((ballot, nth) =>
    !ballot.isByLoss && isLostAmong(marked, members[nth] as Member, vote.windowMs)
      ? { ...ballot, isByLoss: true }
      : ballot,
  );
  return filled.every((ballot, nth) => ballot === state[nth]) ? state : filled;
}

function isCounted({ since, until, isByLoss }: Ballot, member: Member, windowFrom: number): boolean {
  if (isByLoss) return true;
  if (since === null) return false;
  if (until !== null) return until > windowFrom;
  // What lags stood when it was measured; whether it still does, nobody knows.
  return !member.isLagging || member.sourceAt >= windowFrom;
}

function count(vote: Vote, state: VoteState, { at, members }: { at: number; members: readonly Member[] }): Quantity {
  // Clocks differ a little, and one member may be filling in its past: what has begun by one of them is not to come.
  const now = state.reduce((latest, { since }) => Math.max(latest, since ?? latest), at);
  const voices = members.map((member, nth) => {
    const ballot = state[nth] as Ballot;
    const isHealthy = member.value !== null && !member.isOutOfService;
    const quality = ballot.isByLoss ? "suspect" : worstOf([member.quality]);
    const isViolated = isCounted(ballot, member, now - vote.windowMs);
    const isOpen = isHealthy && !isViolated && isDoubtful(member);
    return { point: vote.members[nth] as string, isHealthy, isViolated, isOpen, quality, isByLoss: ballot.isByLoss };
  });
  const healthy = voices.filter(({ isHealthy }) => isHealthy).length;
  const violated = voices.filter(({ isViolated }) => isViolated);
  const open = voices.filter(({ isOpen }) => isOpen);
  const need = Math.max(1, Math.min(vote.need, healthy));
  const values = { violated: violated.map(({ point }) => point).join(", "), need, healthy, total: voices.length };
  if (healthy === 0 && violated.length === 0) return undefinedBecause("noHealthyMember", values);
  const isOn = violated.length >= need;
  // Doubt matters only where the result would be another without it: that is what a vote is for.
  const isCertain = isOn
    ? violated.filter(({ quality }) => quality === "good").length >= need
    : violated.length + open.length < need;
  const isReduced = healthy < voices.length;
  return {
    value: isOn ? 1 : 0,
    quality: isCertain ? "good" : worstOf((isOn ? violated : open).map(({ quality }) => quality)),
    mayReturn: !isOn && isCertain,
    note: violated.some(({ isByLoss }) => isByLoss) ? "byLoss" : isReduced ? "reduced" : null,
    values,
  };
}

/**
 * The kind `vote`. A member counts while its newest value violates (it stands until the next, unless it lags), and for
 * the window after that; what was lost after a violation within the window counts until it is heard again.
 */
export const vote: JointKind<Vote, VoteState> = {
  initial: ({ members }) => members.map(() => blank),
  members: ({ members }) => members,
  sources: () => [],
  step(condition, state, around: Around) {
    const members = condition.members.map(around.member);
    const next = fill(condition, state, members);
    return { state: next, quantity: count(condition, next, { at: around.at, members }) };
  },
  dueAt({ windowMs }, state, at) {
    const ends = state.flatMap(({ until }) => (until === null || until + windowMs <= at ? [] : [until + windowMs]));
    return ends.length === 0 ? null : Math.min(...ends);
  },
};
