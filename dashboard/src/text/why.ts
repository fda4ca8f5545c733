// Why an alarm is on, in a sentence: one template per reason of the engine; a [part] whose slot is unknown is left out.
import type { Why, WhyCode } from "../../../contract/alarm.ts";
import { fillParts, type Language } from "./words.ts";

const zh: Readonly<Record<WhyCode, string>> = {
  limitViolated: "{value} 越过{level}限值[ {comparison}{setpoint}][，自 {violatedSince} 起][（{because}）]",
  limitFell: "已降为{level}[，现 {value}][（限值 {comparison}{setpoint}）][（{because}）]",
  limitReturned: "恢复到限值以内[：{value}][，自 {returnedSince} 起]",
  stateViolated: "状态为 {is}，属{level}报警状态[，自 {violatedSince} 起][（{note}）][（{because}）]",
  rateViolated:
    "[{window} ]变化速率 {quantity} 越过{level}限值[ {comparison}{setpoint}][：{wasAt} 为 {was}，现 {is}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  sumViolated:
    "[{window} ]累计 {quantity} 越过{level}限值[ {comparison}{setpoint}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  deviationViolated:
    "偏离基线 {quantity}，越过{level}限值[ {comparison}{setpoint}][，基线中位数 {median}，现 {value}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  cusumViolated:
    "缓慢漂移累积到 {quantity}，越过{level}限值[ {comparison}{setpoint}][，现 {value}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  accumulateViolated:
    "[{window} 内]累计时长 {quantity}，越过{level}限值[ {comparison}{setpoint}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  forecastViolated:
    "预计 {quantity}[ ± {plusMinusHours}]后[到达 {target}][，{level}限值 {comparison}{setpoint}][，速度 {velocity}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  voteViolated:
    "表决成立：{total} 个测点须 {need} 个越限[，越限 {violated}][，可用 {healthy} 个][，自 {violatedSince} 起][（{note}）][（{because}）]",
  pairViolated:
    "比对值[ {pair}] 为 {quantity}，越过{level}限值[ {comparison}{setpoint}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  combineViolated: "组合条件成立[：{because}][，自 {violatedSince} 起][（{note}）]",
  missingEventViolated: "到 {dueAt} 仍未发生[，上次 {cameAt}]",
  geofenceViolated: "位置越界[，距界线 {distanceM}][，自 {violatedSince} 起][（{note}）][（{because}）]",
  ruleBlind: "规则[「{rule}」]无法判断[：{lost} 无可信数据]，不得视为正常",
  ruleSeeing: "规则[「{rule}」]恢复判断",
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
  orderUnanswered: "采样指令未获设备确认[，自 {since} 起]，仍按原周期判断",
  orderAnswered: "采样指令已确认或已不再需要",
  neighbourDown: "{name}中断[：{reason}]",
  neighbourUp: "{name}已恢复",
  spaceLow: "{name}不足[：{reason}]",
  spaceBack: "{name}已恢复",
  unpainted: "橙色或红色预警未在任何值班大屏上显示[：{alarm}][，自 {since} 起]",
  paintedAgain: "预警已显示在值班大屏上，或已全部应答",
  wallSilent: "值班大屏无响应[，自 {since} 起]",
  wallFrozen: "值班大屏画面冻结[，自 {since} 起]",
  wallBack: "大屏已恢复",
  wallOffDuty: "大屏已不再值班",
  latencyHigh: "预警从测量到显示过慢[：99 % 在 {took} 内][，限值 {limit}][，最慢环节 {hop}]",
  latencyBack: "预警从测量到显示的时间已恢复",
  canaryLost: "链路自检信号未返回[，止于{hop}][，自 {since} 起]",
  canaryBack: "链路自检已恢复",
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
  notConfirmed: "按测量时间重新判定，未予证实",
};

const en: Readonly<Record<WhyCode, string>> = {
  limitViolated: "{value} passed the {level} limit[ {comparison}{setpoint}][, since {violatedSince}][ ({because})]",
  limitFell: "Fell to {level}[: now {value}][ (limit {comparison}{setpoint})][ ({because})]",
  limitReturned: "Back within the limit[: {value}][, since {returnedSince}]",
  stateViolated: "The state is {is}, one of the {level} alarm[, since {violatedSince}][ ({note})][ ({because})]",
  rateViolated:
    "The rate[ over {window}] of {quantity} passed the {level} limit[ {comparison}{setpoint}][: {was} at {wasAt}, now {is}][, since {violatedSince}][ ({note})][ ({because})]",
  sumViolated:
    "The sum[ over {window}] of {quantity} passed the {level} limit[ {comparison}{setpoint}][, since {violatedSince}][ ({note})][ ({because})]",
  deviationViolated:
    "{quantity} from its baseline, past the {level} limit[ {comparison}{setpoint}][, median {median}, now {value}][, since {violatedSince}][ ({note})][ ({because})]",
  cusumViolated:
    "A slow drift added up to {quantity}, past the {level} limit[ {comparison}{setpoint}][, now {value}][, since {violatedSince}][ ({note})][ ({because})]",
  accumulateViolated:
    "{quantity} in all[ within {window}], past the {level} limit[ {comparison}{setpoint}][, since {violatedSince}][ ({note})][ ({because})]",
  forecastViolated:
    "Forecast in {quantity}[ ± {plusMinusHours}][ at {target}][, {level} limit {comparison}{setpoint}][, moving at {velocity}][, since {violatedSince}][ ({note})][ ({because})]",
  voteViolated:
    "The vote is carried: {need} of {total} points needed[, violated {violated}][, {healthy} healthy][, since {violatedSince}][ ({note})][ ({because})]",
  pairViolated:
    "The comparison[ {pair}] of {quantity} passed the {level} limit[ {comparison}{setpoint}][, since {violatedSince}][ ({note})][ ({because})]",
  combineViolated: "The conditions are met[: {because}][, since {violatedSince}][ ({note})]",
  missingEventViolated: "Had not come by {dueAt}[, last came {cameAt}]",
  geofenceViolated:
    "On the wrong side of the boundary[, {distanceM} from its line][, since {violatedSince}][ ({note})][ ({because})]",
  ruleBlind: "The rule[ “{rule}”] cannot judge[: no data to trust of {lost}]; not to be taken for normal",
  ruleSeeing: "The rule[ “{rule}”] can judge again",
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
  orderUnanswered:
    "The device has not acknowledged its sampling order[ since {since}]; it is judged by its usual period",
  orderAnswered: "The sampling order is acknowledged, or no longer wanted",
  neighbourDown: "{name} is down[: {reason}]",
  neighbourUp: "{name} is up again",
  spaceLow: "{name} is low[: {reason}]",
  spaceBack: "{name} is sufficient again",
  unpainted: "An orange or red alarm is painted by no wall on duty[: {alarm}][, since {since}]",
  paintedAgain: "The alarms are painted by a wall on duty, or answered by everybody",
  wallSilent: "The wall on duty says nothing[, since {since}]",
  wallFrozen: "The wall on duty paints no more[, since {since}]",
  wallBack: "The wall is back",
  wallOffDuty: "The wall is no longer on duty",
  latencyHigh:
    "Alarms are too slow from measured to painted[: 99 % within {took}][, limit {limit}][, slowest hop {hop}]",
  latencyBack: "Alarms are fast enough again from measured to painted",
  canaryLost: "The canary that proves the path did not come back[, lost at {hop}][, since {since}]",
  canaryBack: "The canary that proves the path comes back again",
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
  notConfirmed: "Judged again in order of measurement, it is not confirmed",
};

const templates: Readonly<Record<Language, Readonly<Record<WhyCode, string>>>> = { zh, en };

/**
 * The sentence of a reason. `values` are already written out (times, units, level names); optional parts whose slot is
 * missing vanish, and a missing obligatory slot is a dash.
 */
export function whySentence(code: Why["code"], values: Readonly<Record<string, string>>, language: Language): string {
  return fillParts(templates[language][code], values);
}

/** What stands beside a quantity, or why there is none, as the kinds of conditions name it. */
const notes: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  zh: {
    byLoss: "失联成员按越限计",
    reduced: "部分成员不可用",
    noHealthyMember: "无可用成员",
    skew: "两点时刻相差过大",
    lost: "成员无可信数据",
    outOfService: "成员已停用检修",
    zeroDenominator: "分母为零",
    notFinite: "超出可计算范围",
    blind: "数据不足，无法判断",
    held: "数据中断，沿用此前判断",
    coverage: "数据覆盖不足",
    lowerBound: "数据不全，至少为此值",
    noPast: "缺少窗口起点的数据",
    samples: "样本不足",
    noLine: "样本时刻相同，无法拟合",
    overflow: "超出可计算范围",
    noTarget: "未设目标值",
    still: "无明显变化",
    reversed: "变化方向反复",
    steady: "未见加速",
    fit: "拟合不佳",
    away: "正在远离目标",
    far: "远在预报期之外",
    overdue: "推算时刻已过",
  },
  en: {
    byLoss: "a lost member counts as violated",
    reduced: "some members are not available",
    noHealthyMember: "no healthy member",
    skew: "the two were measured too far apart in time",
    lost: "a member has no data to trust",
    outOfService: "a member is out of service",
    zeroDenominator: "division by zero",
    notFinite: "beyond what can be computed",
    blind: "too little is known to judge",
    held: "held from before the data were lost",
    coverage: "too little of the window is covered",
    lowerBound: "data are missing: at least this much",
    noPast: "no data where the window begins",
    samples: "too few samples",
    noLine: "all samples at one time: no line",
    overflow: "beyond what can be computed",
    noTarget: "no target is set",
    still: "no motion beyond noise",
    reversed: "the motion has turned back",
    steady: "no acceleration",
    fit: "the fit is poor",
    away: "moving away from the target",
    far: "farther away than the forecast reaches",
    overdue: "the forecast time has passed",
  },
};

/** A note in words; undefined for one that nobody has put into words. */
export function noteText(note: string, language: Language): string | undefined {
  return notes[language][note];
}
