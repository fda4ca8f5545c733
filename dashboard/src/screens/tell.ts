// An alarm told in words: where it is, what it is about, its value against its limit, and why it is on.
import type { AlarmView, TierView } from "../../../contract/alarm.ts";
import { levels, type Level } from "../../../contract/level.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { SiteStatus } from "../../../contract/wall.ts";
import { fallOf, shownLevel } from "../duty.ts";
import type { ShownValue } from "../latest.ts";
import { ruleOf, siteOf, subjectOf, type PlanIndex } from "../plan-index.ts";
import { formatNumber } from "../text/number.ts";
import { formatDuration, formatTime } from "../text/time.ts";
import { whySentence } from "../text/why.ts";
import type { Words } from "../text/words.ts";
import { conditionWords, quantity, written } from "./written.ts";

/** What telling needs. */
export interface Telling {
  readonly index: PlanIndex;
  readonly words: Words;
}

/** The short name of the alarm's site; of a neighbour or a wall, its own name. */
export function siteName({ index, words }: Telling, alarm: AlarmView): string {
  if (alarm.source.kind === "wall") return String(alarm.why.values["name"] ?? alarm.source.id);
  if (alarm.source.kind === "neighbour") return neighbourName(words, alarm.source.id);
  const site = siteOf(index, alarm.source);
  return site === null ? (alarm.site ?? alarm.source.id) : words.of(site.shortName);
}

/** What a neighbour of the server is called. */
export function neighbourName(words: Words, name: string): string {
  const known = neighbours.find((one) => one === name);
  return known === undefined ? name : words.t(`neighbour.${known}`);
}

const neighbours = ["broker", "historian", "disk", "space", "link", "walls", "latency", "canary"] as const;

/** What a neighbour that is down is: low, too high, or gone. */
export function downKind(name: string): "low" | "slow" | "down" {
  if (name === "space") return "low";
  return name === "latency" ? "slow" : "down";
}

/** What is wrong with the data, by the engine's rule. */
function dataText({ t }: Words, alarm: AlarmView): string {
  switch (alarm.rule) {
    case "down":
      return t(`data.${downKind(alarm.source.id)}`);
    case "silence":
    case "fault":
    case "stuck":
    case "clock":
    case "screen":
      return t(`data.${alarm.rule}`);
    case "link":
      return t(alarm.source.kind === "device" ? "data.link" : "data.linkLost");
    default:
      return t(alarm.rule.startsWith("blind ") ? "data.blind" : "status.data");
  }
}

/** What the alarm is about within its site; of a data alarm also what is wrong, so that it differs from its point's own. */
export function subjectName({ index, words }: Telling, alarm: AlarmView): string {
  const subject = subjectOf(index, alarm.source);
  const rule = ruleOf(index, alarm)?.name;
  // A rule with a name of its own tells which of a point's alarms this is; of a site's it tells all there is.
  if (rule !== undefined) return subject === null ? words.of(rule) : `${words.of(subject)} ${words.of(rule)}`;
  if (!alarm.isData) return subject === null ? words.t("subject.site") : words.of(subject);
  return subject === null ? dataText(words, alarm) : `${words.of(subject)} ${dataText(words, alarm)}`;
}

/** `≥` for high, `≤` for low limits. */
export function comparison(direction: AlarmView["direction"]): string {
  return direction === "low" ? "≤" : "≥";
}

/** The alarm's limit as it is compared, `≥50`; empty where it has none. */
export function limitText({ index }: Telling, alarm: AlarmView): string {
  const decimals = index.points.get(alarm.source.id)?.decimals ?? 3;
  return alarm.setpoint === null ? "" : `${comparison(alarm.direction)}${formatNumber(alarm.setpoint, decimals)}`;
}

/** The value judged last, with what its quality says of it. */
export function valueText(telling: Telling, alarm: AlarmView): string {
  if (alarm.value === null) return "—";
  const text = quantity(telling, alarm, alarm.value);
  if (alarm.quality !== "saturated") return text;
  return `${alarm.direction === "low" ? "<" : ">"}${text} ${telling.words.t("value.over")}`;
}

/** The value of now, where it may be shown as live, else null: the alarm's own is the one that was judged last. */
export function liveText(telling: Telling, alarm: AlarmView, { latest, freshness }: ShownValue): string | null {
  if (alarm.isData || freshness !== "live" || latest === null || latest.value === null) return null;
  // Beyond its range a sensor tells no value.
  if (latest.quality === "saturated") return null;
  return quantity(telling, alarm, latest.value);
}

/** The state of an alarm as a tier sees it. Returned and answered here, but owed elsewhere: an open alarm is never called normal. */
export function stateText({ t }: Words, alarm: AlarmView, tier: Tier): string {
  // Under a mark nobody is asked: that is what there is to say, and the level beside it says the rest.
  const mark = alarm.marks.at(-1);
  if (mark !== undefined) return t(`mark.${mark.kind}`);
  const own = alarm.tiers.find((view) => view.tier === tier)?.state;
  return t(`state.${own === undefined || own === "normal" ? alarm.state : own}`);
}

/** The mark that an alarm stands under, and until when to the minute; null where there is none. */
export function markState({ t }: Words, { marks }: AlarmView, now: number): string | null {
  const mark = marks.at(-1);
  if (mark === undefined) return null;
  const kind = t(`mark.${mark.kind}`);
  if (mark.until === null) return kind;
  return `${kind} ${t("mark.until", { time: formatTime(mark.until, now).replace(/^(\d\d:\d\d):\d\d$/u, "$1") })}`;
}

/** The same, and who set it. */
export function markText(words: Words, alarm: AlarmView, now: number): string | null {
  const state = markState(words, alarm, now);
  return state === null ? null : `${state} · ${alarm.marks.at(-1)?.by.id ?? ""}`;
}

/** That it was found late, and by how long; and whether only judging late samples in their order has found it. */
export function lateText({ t }: Words, { foundLateMs, isAmended = false }: AlarmView): string | null {
  if (foundLateMs === null) return isAmended ? t("detail.amendedOpen") : null;
  return t(isAmended ? "detail.amended" : "detail.foundLate", { duration: formatDuration(foundLateMs) });
}

/** Who has answered and who has not, from the enterprise up; each empty where there is none. */
export function answersOf(
  { index, words }: Telling,
  alarm: AlarmView,
): { readonly done: string; readonly waiting: string } {
  const county = siteOf(index, alarm.source)?.county;
  const countyName = county === undefined ? undefined : index.counties.get(county)?.name;
  const namesOf = (views: readonly TierView[]): string =>
    views
      .map(({ tier }) =>
        tier === "county" && countyName !== undefined ? words.of(countyName) : words.t(`tierShort.${tier}`),
      )
      .join(words.language.value === "zh" ? " " : ", ");
  const done = alarm.tiers.filter(({ owedLevel, acknowledgedAt }) => owedLevel === null && acknowledgedAt !== null);
  const waiting = alarm.tiers.filter(({ owedLevel }) => owedLevel !== null);
  return {
    done: done.length === 0 ? "" : words.t("answer.done", { tiers: namesOf(done) }),
    waiting: waiting.length === 0 ? "" : words.t("answer.waiting", { tiers: namesOf(waiting) }),
  };
}

/** Who has answered and who has not, in one line. */
export function answersText(telling: Telling, alarm: AlarmView): string {
  const { done, waiting } = answersOf(telling, alarm);
  return [done, waiting].filter((part) => part !== "").join(" · ");
}

/** Members per level, highest first, `橙1 黄4`; empty where there are none. */
export function countsText(words: Words, counts: Readonly<Record<string, string | number>>): string {
  const space = words.language.value === "zh" ? "" : " ";
  return levels
    .toReversed()
    .filter((level) => Number(counts[level] ?? 0) > 0)
    .map((level) => `${words.t(`level.${level}`)}${space}${counts[level] ?? 0}`)
    .join(" ");
}

/** How many members of a roll-up alarm are on at each level now; empty for every other alarm. */
export function membersText(words: Words, alarm: AlarmView, sites: ReadonlyMap<string, SiteStatus>): string {
  const { kind, id } = alarm.source;
  const status = sites.get(alarm.site ?? "");
  const view = kind === "site" ? status?.rollup : status?.items.find((item) => kind === "item" && item.id === id);
  return countsText(words, view?.counts ?? {});
}

/** Why the alarm is on, in one sentence. What the reason itself does not carry is taken from the alarm. */
export function whyText(telling: Telling, alarm: AlarmView, now: number): string {
  const { words } = telling;
  const known: Record<string, string | number | null> = {
    level: alarm.level ?? alarm.latchedLevel ?? alarm.peakLevel,
    value: alarm.value,
    setpoint: alarm.setpoint,
    violatedSince: alarm.violatedSince,
    returnedSince: alarm.returnedAt,
    ...alarm.why.values,
  };
  const values: Record<string, string> = { ...conditionWords(telling, alarm) };
  for (const [name, value] of Object.entries(known)) {
    const text = value === null ? undefined : written(telling, alarm, { name, value, now });
    if (text !== undefined) values[name] = text;
  }
  const counts = countsText(words, alarm.why.values);
  if (alarm.why.code === "ladder" && counts !== "") values["counts"] = counts;
  if (alarm.direction !== "none") values["comparison"] = comparison(alarm.direction);
  if (alarm.source.kind === "neighbour") values["name"] = neighbourName(words, alarm.source.id);
  return whySentence(alarm.why.code, values, words.language.value);
}

type Card = PlanIndex["plan"]["actionCards"][string];

/** The steps of a card, highest level first. */
export function stepsOf(
  words: Words,
  card: Card | undefined,
): readonly { readonly level: Level; readonly text: string }[] {
  return levels.toReversed().flatMap((level) => {
    const text = card?.[level];
    return text === undefined ? [] : [{ level, text: words.of(text) }];
  });
}

/**
 * The card that says what is to be done at a level: that of the alarm's rule or point; of a roll-up that of the first member
 * that lifted it, the worst one. Undefined where none of them has a card for that level.
 */
function cardIdOf({ index }: Telling, alarm: AlarmView, level: Level): string | undefined {
  const pointsOf = (id: string): readonly string[] => index.items.get(id)?.points ?? [id];
  const cards = [...alarm.followers, alarm.source.id].flatMap(pointsOf).map((id) => index.points.get(id)?.actionCard);
  const ids = [ruleOf(index, alarm)?.actionCard, ...cards];
  return ids.find((id) => index.plan.actionCards[id ?? ""]?.[level] !== undefined) ?? undefined;
}

function cardOf(telling: Telling, alarm: AlarmView, level: Level): Card | undefined {
  return telling.index.plan.actionCards[cardIdOf(telling, alarm, level) ?? ""];
}

/** What is to be done at a level; null where no card says so. */
export function cardText(telling: Telling, alarm: AlarmView, level: Level): string | null {
  const text = cardOf(telling, alarm, level)?.[level];
  return text === undefined ? null : telling.words.of(text);
}

/** The name of the card that is meant at a level; null where no card is. */
export function cardName(telling: Telling, alarm: AlarmView, level: Level): string | null {
  return cardIdOf(telling, alarm, level) ?? null;
}

/** The steps of every level of the card that is meant at this one; empty where no card is. */
export function cardSteps(telling: Telling, alarm: AlarmView, level: Level): ReturnType<typeof stepsOf> {
  return stepsOf(telling.words, cardOf(telling, alarm, level));
}

/** Where an answer is owed to more than stands there now: 「红 → 现黄」, 「红 → 已恢复」; else nothing. */
export function fallText({ t }: Words, alarm: AlarmView, tier: Tier): string {
  const owed = t(`level.${shownLevel(alarm, tier)}`);
  const kind = fallOf(alarm, tier);
  if (kind === "returned") return t("banner.toReturned", { owed });
  return kind === "fallen" && alarm.level !== null ? t("banner.toNow", { owed, now: t(`level.${alarm.level}`) }) : "";
}
