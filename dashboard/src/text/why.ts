// Why an alarm is on, in a sentence: one template per reason of the engine; a [part] whose slot is unknown is left out.
import type { Why, WhyCode } from "../../../contract/alarm.ts";
import { fillParts, type Language } from "./words.ts";

const zh: Readonly<Record<WhyCode, string>> = {
  limitViolated: "{value} 越过{level}限值[ {comparison}{setpoint}][，自 {violatedSince} 起][（{because}）]",
  limitFell: "已降为{level}[，现 {value}][（限值 {comparison}{setpoint}）][（{because}）]",
  limitReturned: "恢复到限值以内[：{value}][，自 {returnedSince} 起]",
  saturated: "超出量程（危险侧）[：{value}][（{because}）]，须第二次测量才能恢复",
  lostWhileViolating: "越限期间失去数据[，最后值 {lastValue}]，按越限处理，未经证实",
  ladder: "按等级累计规则提升为{level}[：{counts}][，未知 {unknown}][，按合计口径为{byCarry}][（{clause}）]",
  ladderReturned: "等级累计已解除",
  silent: "超时未上报数据[，最后上报 {lastHeardAt}][；未决：{pending}]",
  neverHeard: "从未上报数据",
  lagging: "数据滞后，仍有报文到达[，最近 {lastHeardAt}][；未决：{pending}]",
  deviceSilent: "设备多个测点停报[，自 {since} 起][；未决：{pending}]",
  deviceOffline: "设备离线[，自 {since} 起][；未决：{pending}]",
  linkLost: "通信中断[：{known} 台设备中 {lost} 台失联]",
  heardAgain: "数据已恢复上报",
  sensorFault: "传感器故障[，读数 {value}][（{because}）]",
  faultEnded: "传感器故障已解除",
  flatLine: "读数卡滞[：一直为 {value}][，自 {since} 起不变]",
  signalAttenuated: "信号几乎无波动[，已超过 {windowMs}][，现 {value}]，传感器可能失效",
  sensorMoves: "读数恢复变化[：{value}]",
  clockAhead: "设备时钟超前[ {skewMs}]，请校时",
  clockUntrusted: "设备时钟不可信[，偏差 {skewMs}]，按服务器时间处理",
  clockTrusted: "设备时钟恢复可信",
  neighbourDown: "{name}中断[：{reason}]",
  neighbourUp: "{name}已恢复",
  acknowledged: "已接警",
  reset: "已复位[，第二次测量 {measurement}]",
  reAlarmUnacknowledged: "长时间未确认，再次报警",
  reAlarmAcknowledged: "已应答但仍异常，再次报警",
  caughtUp: "数据已追上，仍处异常[；晚 {lateMs} 发现][（{because}）]",
  shelved: "已搁置[，至 {until}]",
  suppressed: "已按设计抑制",
  outOfService: "已停用检修[，至 {until}]",
  markEnded: "{ended}已结束，恢复报警",
  returnedByHand: "人工恢复[，复测 {measurement}]",
  handover: "交接班，再次报警",
  firstOutMoved: "首出已更正：更早的报警后到",
};

const en: Readonly<Record<WhyCode, string>> = {
  limitViolated: "{value} passed the {level} limit[ {comparison}{setpoint}][, since {violatedSince}][ ({because})]",
  limitFell: "Fell to {level}[: now {value}][ (limit {comparison}{setpoint})][ ({because})]",
  limitReturned: "Back within the limit[: {value}][, since {returnedSince}]",
  saturated: "Out of range on the dangerous side[: {value}][ ({because})]; returns only with a second measurement",
  lostWhileViolating: "Data lost while violating[, last value {lastValue}]; taken as violated, unconfirmed",
  ladder:
    "Lifted to {level} by the counting rule[: {counts}][, unknown {unknown}][, {byCarry} by the carrying reading][ ({clause})]",
  ladderReturned: "No longer lifted by the counting rule",
  silent: "No data in time[, last heard {lastHeardAt}][; pending: {pending}]",
  neverHeard: "Never heard",
  lagging: "Data lag behind while messages still arrive[, last {lastHeardAt}][; pending: {pending}]",
  deviceSilent: "Several points of the device are silent[ since {since}][; pending: {pending}]",
  deviceOffline: "The device is offline[ since {since}][; pending: {pending}]",
  linkLost: "The link is lost[: {lost} of {known} devices are gone]",
  heardAgain: "Data are arriving again",
  sensorFault: "Sensor fault[, reading {value}][ ({because})]",
  faultEnded: "The sensor fault has ended",
  flatLine: "The reading is stuck[ at {value}][, unchanged since {since}]",
  signalAttenuated: "The signal hardly moves[, for more than {windowMs}][, now {value}]: the sensor may be dead",
  sensorMoves: "The reading moves again[: {value}]",
  clockAhead: "The device's clock is ahead[ by {skewMs}]: set it",
  clockUntrusted: "The device's clock is not trusted[, off by {skewMs}]; server time is used",
  clockTrusted: "The device's clock is trusted again",
  neighbourDown: "{name} is down[: {reason}]",
  neighbourUp: "{name} is up again",
  acknowledged: "Acknowledged",
  reset: "Reset[, second measurement {measurement}]",
  reAlarmUnacknowledged: "Unacknowledged too long: asks again",
  reAlarmAcknowledged: "Answered but still abnormal: asks again",
  caughtUp: "Caught up, and still abnormal[; found {lateMs} late][ ({because})]",
  shelved: "Shelved[ until {until}]",
  suppressed: "Suppressed by design",
  outOfService: "Out of service[ until {until}]",
  markEnded: "{ended} has ended: asks again",
  returnedByHand: "Returned by hand[, measured {measurement}]",
  handover: "Shift hand-over: asks again",
  firstOutMoved: "No longer first out: an earlier alarm was heard of later",
};

const templates: Readonly<Record<Language, Readonly<Record<WhyCode, string>>>> = { zh, en };

/**
 * The sentence of a reason. `values` are already written out (times, units, level names); optional parts whose slot is
 * missing vanish, and a missing obligatory slot is a dash.
 */
export function whySentence(code: Why["code"], values: Readonly<Record<string, string>>, language: Language): string {
  return fillParts(templates[language][code], values);
}
