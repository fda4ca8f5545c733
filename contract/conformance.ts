// The conformance bench for gateways: what a trial looks at, what it found, and what an enterprise should mend.
import type { FaultCode, Text } from "./faults.ts";
import type { DialectName, Stage } from "./register.ts";

/** What is looked at, in the order of the report. */
export const checkNames = [
  "certificate",
  "topic",
  "format",
  "points",
  "units",
  "ranges",
  "clock",
  "period",
  "sequence",
  "birth",
  "death",
  "resend",
  "backfill",
  "burst",
] as const;
/** One thing that is looked at. */
export type CheckName = (typeof checkNames)[number];

/** `warned` passes, with something to think about; `notApplicable`: this dialect has no such thing. */
export type CheckVerdict = "passed" | "warned" | "failed" | "waiting" | "notApplicable";

/** What to mend, or to do next, in both languages. */
export const advices = {
  CONNECT: {
    zh: "请让网关用本设备的用户名和密码连接",
    en: "Connect the gateway with this device's user name and password",
  },
  USE_TLS: {
    zh: "密码以明文传输：请改用 MQTTS 或客户端证书；没有 MQTTS 端口时请联系管理员",
    en: "The password travels in the clear: use MQTTS or a client certificate; where no port is shown for it, ask the administrator",
  },
  RENEW_CERTIFICATE: { zh: "证书将在 30 天内到期：请更换", en: "The certificate ends within 30 days: renew it" },
  SEND: { zh: "请继续发送：消息还不够多", en: "Go on sending: there are not enough messages yet" },
  FIX_TOPIC: {
    zh: "有消息发到了其他主题：请改用下列主题",
    en: "Messages came under another topic: use the topics shown",
  },
  FIX_FORMAT: { zh: "有报文无法解析：请对照示例修改", en: "Messages could not be read: compare them with the example" },
  MAP_POINTS: {
    zh: "有测点名称不在登记表中：请修改名称或登记对照表",
    en: "Names came that are no points of this site: rename them, or enter them in the device's table of names",
  },
  SEND_ALL_POINTS: { zh: "有登记的测点从未上报", en: "Points of the register were never reported" },
  FIX_UNITS: { zh: "单位无法换算为登记的单位", en: "A unit cannot be converted into the register's" },
  FIX_RANGES: {
    zh: "数值超出仪表量程：请检查单位、倍率和接线",
    en: "Values lie outside the instrument's range: check unit, factor and wiring",
  },
  FIX_QUALITY: { zh: "仪表自报故障", en: "The instrument itself says that it has failed" },
  SYNC_CLOCK: { zh: "时钟偏差过大：请启用 NTP 对时", en: "The clock is off: set it by NTP" },
  SEND_TIME: { zh: "请随数值发送测量时间", en: "Send the time of measurement with the values" },
  SEND_MORE_OFTEN: {
    zh: "上报间隔超过中断判定时间：请缩短周期",
    en: "Values come so rarely that their points count as silent: send more often",
  },
  NUMBER_MESSAGES: { zh: "请为每条报文加上连续的 seq", en: "Number the messages: seq, one more each time" },
  FIX_SEQUENCE: { zh: "seq 有跳号或重复：有报文丢失", en: "Numbers (seq) jumped or came twice: messages were lost" },
  SAY_BIRTH: { zh: "连接后请发送上线状态", en: "Say that the device is there after connecting" },
  SET_WILL: { zh: "请设置遗嘱（断线时自动发布离线状态）", en: "Set a last will, so that a lost link is told at once" },
  WAIT_FOR_CUT: { zh: "将由平台断开连接，请等待", en: "The bench will cut the connection: wait for it" },
  USE_QOS1: {
    zh: "断线前未确认的报文没有重发：请使用 QoS 1 并在重连后重发",
    en: "What was not acknowledged before the cut did not come again: use QoS 1 and send it again after connecting",
  },
  KEEP_WHILE_AWAY: {
    zh: "断线期间的数据没有补传：请启用断点续传",
    en: "What was measured during the cut never came: let the gateway store while it is away, and forward",
  },
  SEND_OLDEST_FIRST: { zh: "补传应按时间先后发送", en: "Send what was stored oldest first" },
} as const satisfies Record<string, Text>;
/** One piece of advice. */
export type Advice = keyof typeof advices;

/** One line of the report. */
export interface CheckResult {
  readonly check: CheckName;
  readonly verdict: CheckVerdict;
  /** What to do; null where there is nothing to do. */
  readonly advice: Advice | null;
  /** What was found: numbers with their unit in the name (`medianMs`), names as text. */
  readonly found: Readonly<Record<string, number | string>>;
}

/** `waiting` for a first connection, `listening`, `cut` by the bench, `returning` from the cut, `done`. */
export type TrialPhase = "waiting" | "listening" | "cut" | "returning" | "done";

/** The report of a trial. Instants are epoch ms. */
export interface TrialReport {
  /** `site/device`. */
  readonly device: string;
  readonly phase: TrialPhase;
  readonly startedAt: number;
  /** When the phase ends by itself; null where it waits for the gateway. */
  readonly phaseEndsAt: number | null;
  readonly endedAt: number | null;
  readonly messages: number;
  readonly values: number;
  /** Null until it is done. */
  readonly passed: boolean | null;
  readonly checks: readonly CheckResult[];
}

/** What is known of one point during a trial. */
export interface TrialPoint {
  count: number;
  /** By the server's clock. */
  receivedAt: number;
  longestMs: number;
  /** By the device's clock; 0 before the first. */
  sourceAt: number;
  longestSourceMs: number;
  outOfRange: number;
  failed: number;
  wrongUnit: string | null;
}

/** Everything that a trial has seen; bounded whatever is sent. */
export interface TrialRecord {
  readonly startedAt: number;
  phase: TrialPhase;
  phaseAt: number;
  endedAt: number | null;
  security: "plain" | "tls" | "certificate" | null;
  certificateEndsAt: number | null;
  hasWill: boolean;
  messages: number;
  /** Messages of them, read or not, with QoS 0: nobody waits for their acknowledgement, or sends them again. */
  qos0: number;
  values: number;
  readonly points: Map<string, TrialPoint>;
  /** Names that are no points of the site; at most 50. */
  readonly unknown: Set<string>;
  /** Refusals by code, each with its first example. */
  readonly refused: Map<FaultCode, { count: number; readonly example: string }>;
  /** Received minus measured, ms, of the first 1,000 messages outside a cut. */
  readonly lagsMs: number[];
  withoutTime: number;
  sequence: { last: number; numbered: number; missing: number; repeats: number } | null;
  births: number;
  deaths: number;
  /** When the bench cut the connection, and when the gateway was there again. */
  cutAt: number | null;
  backAt: number | null;
  /** Hashes of what was not acknowledged, and those that came again. */
  readonly withheld: Set<string>;
  readonly resent: Set<string>;
  /** Messages with values measured during the cut, and whether they came oldest first. */
  backlog: { messages: number; lastSourceAt: number; outOfOrder: number; firstAt: number; lastAt: number } | null;
}

/** A device as its enterprise sees it on the bench. */
export interface BenchDevice {
  readonly site: string;
  readonly device: string;
  readonly dialect: DialectName;
  readonly stage: Stage;
  readonly isOnTrial: boolean;
  /** The last trial that came to its end; null where there was none. */
  readonly lastTrial: { readonly endedAt: number; readonly passed: boolean } | null;
}

/** How a gateway connects for its trial. */
export interface BenchConnection {
  readonly userName: string;
  /** Ports of this server's host; null where it does not listen that way. */
  readonly plainPort: number | null;
  readonly tlsPort: number | null;
  /** Where the device publishes during its trial, and where afterwards; MQTT filters. */
  readonly trialTopics: readonly string[];
  readonly openTopics: readonly string[];
  /** One message that would be read; null where the dialect's own documents tell. */
  readonly example: string | null;
}

/** One device on the bench, with the trial that runs, or the last one. */
export interface BenchView extends BenchDevice {
  /** The server's time, epoch ms: what a phase has left is counted by it. */
  readonly at: number;
  readonly connection: BenchConnection;
  readonly report: TrialReport | null;
}
