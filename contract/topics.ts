// The topic grammar: who may say what where (wire.md).

/** The root of every real topic; drills use their own and never meet it. */
export const topicRoot = "skyground/v1";

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
  const [product, version, site, device, ...rest] = topic.split("/");
  const kind = rest.join("/");
  if (`${product}/${version}` !== topicRoot) return null;
  if (site === undefined || device === undefined || !isName(site) || !isName(device)) return null;
  return isKind(kind) ? { site, device, kind } : null;
}

/** The topic of a device's messages of one kind. */
export function topicOf(site: string, device: string, kind: TopicKind): string {
  return `${topicRoot}/${site}/${device}/${kind}`;
}

/** The topic on which a device is given orders. */
export function commandTopicOf(site: string, device: string): string {
  return `${topicRoot}/${site}/${device}/command`;
}

/** A device's user name at the broker: `site.device`. */
export function userNameOf(site: string, device: string): string {
  return `${site}.${device}`;
}

/** True where a topic lies within an MQTT filter (MQTT 3.1.1 §4.7); a leading wildcard takes no topic that begins with `$`. */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && (wanted[0] === "#" || wanted[0] === "+")) return false;
  for (const [depth, level] of wanted.entries()) {
    if (level === "#") return true;
    if (depth >= levels.length || (level !== "+" && level !== levels[depth])) return false;
  }
  return wanted.length === levels.length;
}
