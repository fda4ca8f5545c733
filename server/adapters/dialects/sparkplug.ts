// Sparkplug B 3.0: births that name the metrics of an edge node and its devices, data by alias, deaths that are told.
import { codeOf, plainValue } from "./dialect.ts";
import type { Dialect, DialectDevice, ForeignMessage, NativeObject, Translation } from "./dialect.ts";
import { createOrder, defaultReorderMs, type Order } from "./sparkplug-order.ts";
import { datatypes, integerOf, readPayload, writePayload } from "./sparkplug-payload.ts";
import type { WireMetric, WirePayload, WireValue } from "./sparkplug-payload.ts";
import { createBirths, type Births, type Described } from "./sparkplug-births.ts";

const namespace = "spBv1.0";
const maxPayloadBytes = 256 * 1024;
const maxExampleChars = 120;
/** A group, an edge node or a host in a topic (tck-id-topic-structure-namespace-valid-group-id and its likes). */
const idPattern = /^[^/+#\p{Cc}]{1,100}$/u;
const bdSeqName = "bdSeq";
const rebirthName = "Node Control/Rebirth";

/** What an edge node says; what it is told lies under NCMD and DCMD. */
const kinds = ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"] as const;
type Kind = (typeof kinds)[number];

interface Where {
  readonly group: string;
  readonly edge: string;
}

function whereOf({ options }: DialectDevice): Where {
  return { group: String(options["group"]), edge: String(options["edge"]) };
}

function isId(value: unknown): boolean {
  return typeof value === "string" && idPattern.test(value);
}

/** Reads Sparkplug B 3.0. */
export const sparkplug: Dialect = {
  check: ({ group, edge, host, reorderMs = defaultReorderMs, ...rest }) => [
    ...(isId(group) ? [] : ["group: the group id, without / + and #, is wanted"]),
    ...(isId(edge) ? [] : ["edge: the edge node id, without / + and #, is wanted"]),
    ...(host === undefined || isId(host) ? [] : ["host: a host id, without / + and #, is wanted"]),
    ...(Number.isInteger(reorderMs) && (reorderMs as number) >= 100 && (reorderMs as number) <= 60_000
      ? []
      : ["reorderMs: 100 to 60000 whole milliseconds are wanted"]),
    ...Object.keys(rest).map((name) => `${name}: not one of group, edge, host, reorderMs`),
  ],
  topics: (device) => {
    const { group, edge } = whereOf(device);
    const { host = "+" } = device.options;
    const of = (kind: string): string => `${namespace}/${group}/${kind}/${edge}`;
    return {
      publish: kinds.map((kind) => (kind.startsWith("N") ? of(kind) : `${of(kind)}/+`)),
      subscribe: [of("NCMD"), `${of("DCMD")}/+`, `${namespace}/STATE/${String(host)}`],
    };
  },
  open: (device, memory) => {
    const { group, edge } = whereOf(device);
    const births = createBirths(memory);
    const order = createOrder(Number(device.options["reorderMs"] ?? defaultReorderMs));
    return {
      translate: (message) => translate({ device, births, order }, message),
      due: (at) =>
        order.isRebirthDue(at)
          ? [{ topic: `${namespace}/${group}/NCMD/${edge}`, payload: writePayload(rebirthAt(at)) }]
          : [],
      memory: births.memory,
    };
  },
};

/** tck-id-operational-behavior-data-commands-rebirth-name, -value: the command that asks for every birth anew. */
function rebirthAt(at: number): WirePayload {
  const value = { as: "boolean", value: true } as const;
  const metric = { ...emptyMetric, name: rebirthName, timestamp: at, datatype: datatypes.boolean, value };
  return { timestamp: at, metrics: [metric], seq: null, uuid: null };
}

const emptyMetric: WireMetric = {
  name: null,
  alias: null,
  timestamp: null,
  datatype: 0,
  isHistorical: false,
  isNull: false,
  quality: null,
  value: null,
};

/** What is known of an edge node, and in which order it has spoken. */
interface Session {
  readonly device: DialectDevice;
  readonly births: Births;
  readonly order: Order;
}

/** A message taken apart: what it says, of which device (empty: of the edge node itself), and when it came. */
interface Said {
  readonly kind: Kind;
  readonly owner: string;
  readonly payload: WirePayload;
  readonly at: number;
}

function translate(session: Session, { topic, payload: bytes, at }: ForeignMessage): Translation {
  const address = addressOf(session.device, topic);
  if (address === null) return { ok: false, code: "TOPIC_UNKNOWN", example: topic.slice(0, maxExampleChars) };
  if (bytes.byteLength > maxPayloadBytes)
    return { ok: false, code: "MESSAGE_TOO_LARGE", example: `${bytes.byteLength} bytes` };
  const payload = readPayload(bytes);
  // A packed body (6.4.4, "SPBV1.0_COMPRESSED") names itself by its uuid.
  if (payload === null || payload.uuid !== null)
    return { ok: false, code: "MESSAGE_BAD_SHAPE", example: payload?.uuid?.slice(0, maxExampleChars) ?? address.kind };
  const said = { ...address, payload, at };
  switch (address.kind) {
    case "NBIRTH":
    case "DBIRTH":
      return bear(session, said);
    case "NDATA":
    case "DDATA":
      return hear(session, said);
    case "NDEATH":
      return dieNode(session, said);
    case "DDEATH":
      return dieDevice(session, said);
  }
}

function addressOf(device: DialectDevice, topic: string): Pick<Said, "kind" | "owner"> | null {
  const { group, edge } = whereOf(device);
  const [root, inGroup, word, ofEdge, owner = "", ...more] = topic.split("/");
  const kind = kinds.find((one) => one === word);
  if (root !== namespace || inGroup !== group || ofEdge !== edge || kind === undefined || more.length > 0) return null;
  return kind.startsWith("D") === (owner !== "") ? { kind, owner } : null;
}

/** tck-id-payloads-ndeath-bdseq: the number that ties a death to the birth of its session. */
function bdSeqOf({ metrics }: WirePayload): string | null {
  const value = metrics.find(({ name }) => name === bdSeqName)?.value;
  return value?.as === "integer" ? String(value.bits) : null;
}

/** Births tell names, aliases and types, and every value anew (tck-id-payloads-alias-birth-requirement). */
function bear({ device, births, order }: Session, said: Said): Translation {
  const { kind, owner, payload, at } = said;
  const isOfNode = kind === "NBIRTH";
  if (!isOfNode && !births.isAlive()) return missing(order, said);
  const described = payload.metrics.flatMap((metric) => describe(metric) ?? []).filter(({ name }) => !isControl(name));
  if (!births.isRoomFor(owner, described, isOfNode))
    return { ok: false, code: "MESSAGE_TOO_LARGE", example: `${described.length} metrics in ${kind}` };
  if (isOfNode) {
    // A new session: every device is stale until its own birth comes, and what was missing is of no use any more.
    births.begin(bdSeqOf(payload));
    order.begin(payload.seq);
  } else order.hear(payload.seq, at);
  births.bear(owner, described);
  const read = readMetrics(device, said, describe);
  return isOfNode ? { ...read, online: true } : read;
}

/** What a birth says of a metric; null where it has no name. */
function describe({ name, alias, datatype }: WireMetric): Described | null {
  return name === null ? null : { name, alias, datatype };
}

/**
 * Data are never held back for what may still come before them: each value has its own time, a late one is judged in its order
 * afterwards, and an alarm that waits for a lost message is worse than one out of order.
 */
function hear({ device, births, order }: Session, said: Said): Translation {
  const { owner, payload, at } = said;
  if (!births.isAlive()) return missing(order, said);
  order.hear(payload.seq, at);
  const known = births.of(owner);
  if (known === null) return missing(order, said);
  // Whatever comes has been in a birth (5.15, a reason for a rebirth).
  if (payload.metrics.some((metric) => known.of(metric) === null && !isControl(metric.name ?? ""))) order.wantRebirth();
  return readMetrics(device, said, known.of);
}

function missing(order: Order, { kind, owner }: Said): Translation {
  order.wantRebirth();
  return {
    ok: false,
    code: "BIRTH_MISSING",
    example: owner === "" ? kind : `${kind} ${owner}`.slice(0, maxExampleChars),
  };
}

/** A will that comes after the next birth, of a session that has ended, tells nothing (tck-id-payloads-ndeath-bdseq). */
function dieNode({ births, order }: Session, { payload }: Said): Translation {
  if (births.isAlive() && bdSeqOf(payload) !== births.bdSeq()) return { ok: true, objects: [] };
  births.end();
  order.end();
  return { ok: true, objects: [], online: false };
}

/** tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale: its values are bad from now on. */
function dieDevice({ device, births, order }: Session, { owner, payload, at }: Said): Translation {
  if (births.isAlive()) order.hear(payload.seq, at);
  const values = births
    .metricsOf(owner)
    .flatMap(({ name, datatype }): readonly (readonly [string, unknown])[] =>
      isMeasured(datatype) ? [[codeOf(device.names, owner, name), { v: null, q: "bad" }]] : [],
    );
  births.die(owner);
  if (values.length === 0) return { ok: true, objects: [] };
  return { ok: true, objects: [objectOf(payload.timestamp, values)] };
}

/** What steers or numbers the session measures nothing. */
function isControl(name: string): boolean {
  return name === bdSeqName || name.startsWith("Node Control/") || name.startsWith("Device Control/");
}

type Measured = "integer" | "real" | "boolean" | "any";

/** What a type holds; null for those that are no measured values: texts, instants, bytes and structures. */
function measuredOf(datatype: number): Measured | null {
  if (datatype === datatypes.unknown) return "any";
  if (datatype <= datatypes.uint64) return "integer";
  if (datatype <= datatypes.double) return "real";
  return datatype === datatypes.boolean ? "boolean" : null;
}

function isMeasured(datatype: number): boolean {
  return measuredOf(datatype) !== null;
}

/** An object in the making: the values of one instant. */
interface Instant {
  readonly ts: number | null;
  readonly values: Map<string, unknown>;
}

/** The values of the metrics as objects, one for each run of one instant; a code stands once in an object. */
function readMetrics(
  { names }: DialectDevice,
  { owner, payload }: Said,
  describedAs: (metric: WireMetric) => Described | null,
): Translation & { readonly ok: true } {
  const instants: Instant[] = [];
  const unread: string[] = [];
  for (const metric of payload.metrics) {
    const described = describedAs(metric);
    const name = described?.name ?? metric.name;
    if (name === null) {
      unread.push(`BIRTH_MISSING: alias ${metric.alias ?? "none"}`);
      continue;
    }
    const value = isControl(name) ? undefined : valueOf(metric, metric.datatype || (described?.datatype ?? 0));
    if (value === undefined) continue;
    const ts = metric.timestamp ?? payload.timestamp;
    const code = codeOf(names, owner, name);
    let last = instants.at(-1);
    if (last === undefined || last.ts !== ts || last.values.has(code)) {
      last = { ts, values: new Map() };
      instants.push(last);
    }
    last.values.set(code, value);
  }
  const objects = instants.map(({ ts, values }) => objectOf(ts, values));
  return { ok: true, objects, ...(unread.length === 0 ? {} : { unread }) };
}

function objectOf(ts: number | null, values: Iterable<readonly [string, unknown]>): NativeObject {
  return { ...(ts === null ? {} : { ts }), values: Object.fromEntries(values) };
}

/** A metric's value in the native form; undefined where it is none that is measured. */
function valueOf(metric: WireMetric, datatype: number): unknown {
  const { value, isNull, isHistorical, quality } = metric;
  const q = qualityOf(quality);
  const beside = { ...(q === "good" ? {} : { q }), ...(isHistorical ? { h: true } : {}) };
  if (value === null || isNull) return isMeasured(datatype) ? { v: null, ...beside, q: "bad" } : undefined;
  const v = plainOf(value, datatype);
  if (v === undefined) return undefined;
  return q === "good" && !isHistorical ? v : { v, ...beside };
}

/** The number or truth of a value; a text where its type says something else, which the native dialect refuses. */
function plainOf(value: WireValue, datatype: number): unknown {
  if (value.as === "other") return undefined;
  if (value.as === "string") {
    // A number that was written as a text is one; any other text is no value, and no fault.
    const read = plainValue(value.value);
    return typeof read === "number" ? read : undefined;
  }
  const wanted = measuredOf(datatype);
  if (wanted === null) return undefined;
  // An integer without a type has no sign that anybody could know.
  if (wanted !== value.as && (wanted !== "any" || value.as === "integer")) return `${value.as} of datatype ${datatype}`;
  return value.as === "integer" ? integerOf(value.bits, datatype) : value.value;
}

/** 192 is good, 0 bad, 500 stale (tck-id-payloads-propertyset-quality-value-value); gateways send OPC's uncertain ones as well. */
function qualityOf(quality: number | null): "good" | "suspect" | "bad" {
  if (quality === null || (quality >= 192 && quality <= 255)) return "good";
  return quality >= 64 && quality < 192 ? "suspect" : "bad";
}
