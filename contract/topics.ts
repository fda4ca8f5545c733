// The topic grammar: who may say what where (wire.md).

/** The root of every real topic; drills use their own and never meet it. */
export const topicRoot = "skyground/v1";
/** The root of what a device says while it is on trial: heard by the conformance bench alone. */
export const trialRoot = "skyground-trial/v1";

/** The site of the canary: in no plan, shown on no screen, counted by nobody. What it sends proves the path. */
export const canarySite = "skyground-canary";
/** The device that sends it. */
export const canaryDevice = "server";
/** The point that it sends: 0 at rest, 1 beyond its limit. */
export const canaryCode = "CANARY";

const namePattern = /^[a-z0-9][a-z0-9-]{0,63}$/;
const codePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const topicKinds: ReadonlySet<string> = new Set<TopicKind>(["telemetry", "state", "event", "sky", "command/ack"]);
const forbiddenCodes = new Set(["constructor", "prototype", "toString", "valueOf", "hasOwnProperty"]);

/** What a device says: values, its state, an event, a sky-eye product, or that it has taken an order. */
export type TopicKind = "telemetry" | "state" | "event" | "sky" | "command/ack";

/** A topic taken apart. */
export interface Topic {
  readonly site: string;
  readonly device: string;
  readonly kind: TopicKind;
}

/** True where a text may name a site or a device. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** True where a text may name a point; names such as `__proto__` are refused. */
export function isPointCode(text: string): boolean {
  return codePattern.test(text) && !forbiddenCodes.has(text);
}

function isKind(text: string): text is TopicKind {
  return topicKinds.has(text);
}

/** The parts of an upward topic, or null where it does not follow the grammar. */
export function parseTopic(topic: string): Topic | null {
  return parseUnder(topicRoot, topic);
}

/** The parts of an upward topic of a device on trial, or null where it is none. */
export function parseTrialTopic(topic: string): Topic | null {
  return parseUnder(trialRoot, topic);
}

function parseUnder(root: string, topic: string): Topic | null {
  const [product, version, site, device, ...rest] = topic.split("/");
  const kind = rest.join("/");
  if (`${product}/${version}` !== root) return null;
  if (site === undefined || device === undefined || !isName(site) || !isName(device)) return null;
  return isKind(kind) ? { site, device, kind } : null;
}

/** The topic of a device's messages of one kind. */
export function topicOf(site: string, device: string, kind: TopicKind): string {
  return `${topicRoot}/${site}/${device}/${kind}`;
}

/** The topic of the same messages while the device is on trial. */
export function trialTopicOf(site: string, device: string, kind: TopicKind): string {
  return `${trialRoot}/${site}/${device}/${kind}`;
}

/** The topic on which a device is given orders. */
export function commandTopicOf(site: string, device: string): string {
  return `${topicRoot}/${site}/${device}/command`;
}

/** The topic on which a device on trial is given orders. */
export function trialCommandTopicOf(site: string, device: string): string {
  return `${trialRoot}/${site}/${device}/command`;
}

/** A device's user name at the broker: `site.device`. */
export function userNameOf(site: string, device: string): string {
  return `${site}.${device}`;
}

/**
 * True where everything that `asked` could match is matched by the filter; a topic is a filter that matches itself alone.
 * `+` stands for one level and `#` for the rest, its parent included; neither for a first level that begins with `$`
 * (MQTT 3.1.1 §4.7).
 */
export function covers(filter: string, asked: string): boolean {
  const [wanted, given] = [filter.split("/"), asked.split("/")];
  if (asked.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    const other = given[index];
    if (other === undefined || other === "#") return false;
    if (level !== "+" && level !== other) return false;
  }
  // `a/#` is more than `a`, and so is a longer topic.
  return given.length === wanted.length;
}
