// The steps of an alarm in words, in both languages, for whoever reads the pack without a program.
import type { Actor, AlarmState, Transition } from "../../contract/alarm.ts";
import type { Text } from "../../contract/faults.ts";
import type { Level } from "../../contract/level.ts";
import { zoneMs } from "../../contract/zone.ts";

const states: Readonly<Record<AlarmState, Text>> = {
  normal: { zh: "正常", en: "normal" },
  unacknowledged: { zh: "报警未确认", en: "on, unacknowledged" },
  acknowledged: { zh: "报警已确认", en: "on, acknowledged" },
  returnedUnacknowledged: { zh: "已恢复未确认", en: "returned, unacknowledged" },
  latchedUnacknowledged: { zh: "锁存未确认", en: "latched, unacknowledged" },
  latchedAcknowledged: { zh: "锁存已确认", en: "latched, acknowledged" },
};
const levels: Readonly<Record<Level, Text>> = {
  blue: { zh: "蓝色", en: "blue" },
  yellow: { zh: "黄色", en: "yellow" },
  orange: { zh: "橙色", en: "orange" },
  red: { zh: "红色", en: "red" },
};
const none: Text = { zh: "无级别", en: "no level" };
const actors: Readonly<Record<Actor["kind"], Text>> = {
  person: { zh: "人员", en: "by the person" },
  rule: { zh: "规则", en: "by the rule" },
  device: { zh: "设备", en: "by the device" },
};

const timeOf = (at: number): string => `${new Date(at + zoneMs).toISOString().slice(0, 23).replace("T", " ")} +08:00`;

function lineOf(step: Transition, language: keyof Text): string {
  const { at, seq, occurrence, revision, from, to, fromLevel, level, value, setpoint, actor, why, ruleVersion } = step;
  const word = (text: Text): string => text[language];
  const levelOf = (one: Level | null): string => word(one === null ? none : levels[one]);
  const is = (zh: string, en: string): string => word({ zh, en });
  const said = [
    timeOf(at),
    is(`变更 ${seq}`, `change ${seq}`),
    is(`第 ${occurrence} 次报警第 ${revision} 版`, `occurrence ${occurrence}, revision ${revision}`),
    `${word(states[from])} → ${word(states[to])}`,
    `${levelOf(fromLevel)} → ${levelOf(level)}`,
    ...(value === null ? [] : [is(`测值 ${value}`, `value ${value}`)]),
    ...(setpoint === null ? [] : [is(`限值 ${setpoint}`, `limit ${setpoint}`)]),
    is(`规则第 ${ruleVersion} 版`, `version ${ruleVersion} of the rule`),
    `${word(actors[actor.kind])} ${actor.id}`,
    is(`原因 ${why.code} ${JSON.stringify(why.values)}`, `because ${why.code} ${JSON.stringify(why.values)}`),
    ...(step.reason === null ? [] : [is(`说明：${step.reason}`, `in words: ${step.reason}`)]),
  ];
  return said.join(is("；", "; "));
}

/** A line each, oldest first. */
export function readingOf(steps: readonly Transition[]): {
  readonly zh: readonly string[];
  readonly en: readonly string[];
} {
  return { zh: steps.map((step) => lineOf(step, "zh")), en: steps.map((step) => lineOf(step, "en")) };
}
