// Checks a pack of evidence without its maker: one file, Node alone, offline. `node verify-evidence.mjs PACK.json [--key FINGERPRINT]`
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";

const exitCodes = { proven: 0, notProven: 1, usage: 64 };
/** No version of the format has more; a newer one is not half understood. */
const formatVersion = 1;
const derPrefix = Buffer.from("302a300506032b6570032100", "hex");
const kinds = { message: 1, input: 2, change: 3, seal: 4, foreign: 5 };

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** JSON with its keys in order and no spaces: the one spelling that a pack has. */
function canonicalText(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted((a, b) => (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`).join(",")}}`;
}

const isSame = (a, b) => canonicalText(a) === canonicalText(b);

function isSignedBy(key, text, signature) {
  if (!/^[0-9a-f]{64}$/.test(key) || !/^[0-9a-f]{128}$/.test(signature)) return false;
  const publicKey = createPublicKey({
    key: Buffer.concat([derPrefix, Buffer.from(key, "hex")]),
    type: "spki",
    format: "der",
  });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "hex"));
}

/** A record's body, by its kind: messages are bytes, everything else is JSON. */
function readBody(body) {
  const kind = body.readUInt8(0);
  if (kind === kinds.message || kind === kinds.foreign) {
    const topicStart = kind === kinds.message ? 19 : 26;
    const payloadStart = topicStart + body.readUInt16LE(17);
    const payloadEnd = kind === kinds.message ? body.length : payloadStart + body.readUInt32LE(19);
    const from = kind === kinds.message ? 0 : payloadEnd + body.readUInt16LE(23);
    return {
      type: "input",
      input: { kind: "message", number: body.readDoubleLE(1), at: body.readDoubleLE(9) },
      topic: body.toString("utf8", topicStart, payloadStart),
      payload: body.subarray(payloadStart, payloadEnd),
      ...(kind === kinds.message ? {} : { originTopic: body.toString("utf8", payloadEnd, from) }),
    };
  }
  const value = JSON.parse(body.toString("utf8", 1));
  if (kind === kinds.input) return { type: "input", input: value };
  if (kind === kinds.change) return { type: "change", change: value };
  if (kind === kinds.seal) return { type: "seal", seal: value };
  throw new Error(`a record of the kind ${kind}`);
}

/** The records of a turn by their position; throws where a checksum does not hold. */
function readTurn({ position, before, bytes: text }) {
  const bytes = Buffer.from(text, "base64");
  const records = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 8 + bytes.readUInt32LE(offset);
    const body = bytes.subarray(offset + 8, end);
    if (end > bytes.length || crc32(body) !== bytes.readUInt32LE(offset + 4))
      throw new Error(`a wrong checksum at position ${position + offset}`);
    records.push({ position: position + offset, start: offset, ...readBody(body) });
    offset = end;
  }
  const seal = records.at(-1);
  if (seal?.type !== "seal") throw new Error(`the turn at position ${position} has no seal`);
  const chain = sha256(before, bytes.subarray(0, seal.start));
  if (chain !== seal.seal.chain) throw new Error(`the turn at position ${position} does not give the hash of its seal`);
  return { position, end: position + bytes.length, before, records, seal: seal.seal };
}

/** Numbers without holes inside each turn, up to what its seal counts; turns in order, and joined where they touch. */
function checkOrder(turns) {
  let last = null;
  for (const turn of turns) {
    const numbers = turn.records.filter(({ type }) => type === "input").map(({ input }) => input.number);
    const seqs = turn.records.filter(({ type }) => type === "change").map(({ change }) => change.seq);
    for (const [what, list, to] of [
      ["input", numbers, turn.seal.upTo],
      ["change", seqs, turn.seal.seq],
    ]) {
      const wrong = list.findIndex((number, index) => number !== to - list.length + 1 + index);
      if (wrong >= 0)
        throw new Error(`${what} ${list[wrong]} is out of order in the turn at position ${turn.position}`);
    }
    if (last !== null) {
      if (turn.position < last.end) throw new Error(`the turn at position ${turn.position} overlaps the one before it`);
      if (turn.position === last.end && turn.before !== last.seal.chain)
        throw new Error(`the turn at position ${turn.position} does not follow the one before it`);
      if (turn.seal.upTo < last.seal.upTo + numbers.length || turn.seal.seq < last.seal.seq + seqs.length)
        throw new Error(`the turn at position ${turn.position} uses numbers again`);
    }
    last = turn;
  }
}

/** JSON, in which a device may write NaN and Infinity bare, in any case: outside of strings they are numbers that are none. */
function parsePayload(text) {
  try {
    return JSON.parse(text);
  } catch {
    const isNone = (word) => ["nan", "inf", "infinity"].includes(word.toLowerCase());
    return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|[A-Za-z]+/gu, (word) => (isNone(word) ? "1e999" : word)));
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a message of SkyGround's own dialect says of one point: `{ts?, values: {code: value or {v, ts?}}}`, or a list of such.
 * What is neither says nothing, as to the server: no gateway can spoil a pack by what it sends beside a value.
 */
function saidOf(payload, code) {
  const body = parsePayload(payload.toString("utf8").replace(/^\uFEFF/, ""));
  const instant = (sent) => (typeof sent === "number" ? Math.floor(sent) : null);
  return (Array.isArray(body) ? body : [body]).flatMap((entry) => {
    if (!isObject(entry) || !isObject(entry.values) || !Object.hasOwn(entry.values, code)) return [];
    const sent = entry.values[code];
    const { v, ts } = isObject(sent) ? sent : { v: sent };
    const value = typeof v === "boolean" ? Number(v) : v;
    return [{ value: Number.isFinite(value) ? value + 0 : null, sourceAt: instant(ts ?? entry.ts) }];
  });
}

function isInPayload(payload, { point, value, sourceAt }) {
  const said = saidOf(payload, point.slice(point.indexOf("/") + 1));
  return said.some((one) => one.value === value && one.sourceAt === sourceAt);
}

function checkClaims(content, turns) {
  const records = new Map(
    turns.flatMap((turn) => turn.records.map((record) => [record.position, { ...record, turn }])),
  );
  const at = (claim, what) => {
    const record = records.get(claim.position);
    if (record === undefined) throw new Error(`${what} at position ${claim.position} is in none of the turns`);
    return record;
  };
  for (const claim of content.transitions) {
    const { change } = at(claim, "a transition");
    if (change?.type !== "alarm" || !isSame(change.transition, claim.transition))
      throw new Error(`the transition at position ${claim.position} is not what its record says`);
    const { id, occurrence } = content.alarm;
    if (claim.transition.alarm !== id || claim.transition.occurrence !== occurrence)
      throw new Error(`the transition at position ${claim.position} is of another alarm`);
  }
  for (const claim of content.samples) {
    const { input, topic, payload, originTopic, turn } = at(claim, "a sample");
    const flags = turn.seal.flags.find(([number]) => number === claim.number)?.[1] ?? [];
    const isRecord = input?.number === claim.number && input.at === claim.at && topic === claim.topic;
    if (!isRecord || originTopic !== claim.origin?.topic || !isSame(flags, claim.flags))
      throw new Error(`the sample at position ${claim.position} is not what its record says`);
    const wrong = claim.values.find((one) => !isInPayload(payload, one));
    if (wrong !== undefined) throw new Error(`${wrong.point} = ${wrong.value} is not in the message ${claim.number}`);
  }
  for (const claim of content.acts) {
    const { input } = at(claim, "an act");
    if (input?.kind !== "command" || input.number !== claim.number || !isSame(input.command, claim.command))
      throw new Error(`the act at position ${claim.position} is not what its record says`);
  }
  for (const claim of content.causes) {
    const { input } = at(claim, "a cause");
    if (input?.kind !== claim.kind || input.number !== claim.number || input.at !== claim.at)
      throw new Error(`the cause at position ${claim.position} is not what its record says`);
  }
  for (const claim of content.incidents ?? []) {
    const { change } = at(claim, "an incident");
    if (change?.type !== "incident" || change.id !== claim.id || !isSame(change.entry, claim.entry))
      throw new Error(`the incident at position ${claim.position} is not what its record says`);
    if (claim.entry.alarm !== content.alarm.id)
      throw new Error(`the incident at position ${claim.position} is of another alarm`);
  }
  for (const claim of content.rules) checkRule(claim, at(claim, "a rule"), content.alarm);
}

function checkRule(claim, { input }, { source, rule }) {
  const isInput = input?.number === claim.number && input.kind === claim.kind;
  const owners = input?.kind === "plan" ? [...input.plan.points, ...input.plan.sites] : [];
  const known =
    input?.kind === "ruleChange"
      ? [{ id: input.change.rule, direction: input.change.direction, versions: [input.change.version] }]
      : owners.filter(({ id }) => id === source.id).flatMap(({ rules = [] }) => rules);
  const isThere = known.some(
    ({ id, direction, versions }) =>
      id === rule &&
      id === claim.rule.id &&
      direction === claim.rule.direction &&
      versions.some((version) => isSame(version, claim.rule.version)),
  );
  if (!isInput || !isThere) throw new Error(`the rule at position ${claim.position} is not what its record says`);
}

/** Heads of the pack's own key: how many stand right behind one of its turns, with its very hash. */
function checkHeads(heads, turns, key) {
  const ends = new Map(turns.map((turn) => [turn.end, turn.seal]));
  let direct = 0;
  for (const { position, upTo, seq, chain, at, key: signedBy, signature } of heads) {
    const text = `skyground-head-1\n${JSON.stringify({ position, upTo, seq, chain, at })}`;
    if (signedBy !== key || !isSignedBy(signedBy, text, signature))
      throw new Error(`the head of position ${position} is not signed with the pack's key`);
    const seal = ends.get(position);
    if (seal === undefined) continue;
    if (seal.chain !== chain || seal.upTo !== upTo || seal.seq !== seq)
      throw new Error(`the head of position ${position} was signed over another record`);
    direct += 1;
  }
  return direct;
}

/** What is proven and what is not, or the first thing that does not hold. */
export function checkPack(bytes, wantedKey = null) {
  const proven = [];
  try {
    let pack;
    try {
      pack = JSON.parse(bytes.toString("utf8"));
    } catch {
      throw new Error("it is no JSON");
    }
    if (!Buffer.from(`${canonicalText(pack)}\n`).equals(bytes)) throw new Error("it is not in its canonical spelling");
    const { content, signature, sha256: hash } = pack;
    if (content?.format !== "skyground-evidence") throw new Error("it is no pack of evidence");
    if (content.formatVersion !== formatVersion)
      throw new Error(
        `it has the format ${content.formatVersion}; this program knows ${formatVersion}: get the newer one`,
      );
    if (Object.keys(pack).length !== 3 || sha256(canonicalText(content)) !== hash)
      throw new Error("the content is not what its hash says");
    const isSigned =
      signature?.algorithm === "Ed25519" && isSignedBy(signature.key, `skyground-evidence-1\n${hash}`, signature.value);
    if (!isSigned || Object.keys(signature).length !== 3) throw new Error("the signature does not fit");
    const fingerprint = sha256(Buffer.from(signature.key, "hex"));
    if (wantedKey !== null && wantedKey !== fingerprint)
      throw new Error(`it is signed with another key: ${fingerprint}`);
    proven.push(`content unchanged since it was signed with the key ${fingerprint}`);
    const turns = content.turns.map(readTurn);
    proven.push(`${turns.length} turns: every hash recomputed from the bytes`);
    checkOrder(turns);
    proven.push("numbers without holes inside the turns, turns in order");
    checkClaims(content, turns);
    const { transitions, samples, acts, causes, rules, incidents = [] } = content;
    proven.push(
      `${transitions.length} transitions, ${acts.length} acts, ${samples.length} messages with samples, ${causes.length} other causes and ${rules.length} rule versions stand in the records' bytes`,
    );
    for (const id of new Set(incidents.map((one) => one.id))) proven.push(`its steps are of the incident ${id}`);
    const direct = checkHeads(content.heads, turns, signature.key);
    proven.push(`${content.heads.length} signed heads hold; ${direct} of ${turns.length} turns end at one`);
    return { isProven: true, proven, notProven: limitsOf(wantedKey, turns, direct), content, fault: null };
  } catch (error) {
    return { isProven: false, proven, notProven: [], content: null, fault: error.message };
  }
}

function limitsOf(wantedKey, turns, direct) {
  const gaps = turns.filter((turn, index) => index > 0 && turns[index - 1].end !== turn.position).length;
  return [
    ...(wantedKey === null
      ? ["that the key is the right one: give --key with the fingerprint that you know from elsewhere"]
      : []),
    "that the server was told the truth by its instruments, or that its clock was right",
    "that whoever has the key did not write another record before it was signed: compare with heads that were kept elsewhere",
    ...(gaps > 0 ? [`what was recorded in the ${gaps} places between the turns: they are not in the pack`] : []),
    ...(direct === 0 ? ["when the record stood as it does: no signed head ends at one of the turns"] : []),
  ];
}

function main(words) {
  const place = words.indexOf("--key");
  const key = place < 0 ? null : words[place + 1];
  const [file, ...more] = words.filter((_, index) => place < 0 || (index !== place && index !== place + 1));
  if (file === undefined || more.length > 0 || (key !== null && !/^[0-9a-f]{64}$/.test(key ?? ""))) {
    console.error("node verify-evidence.mjs PACK.json [--key FINGERPRINT, 64 hex digits]");
    return exitCodes.usage;
  }
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    console.error(error.message);
    return exitCodes.usage;
  }
  const { isProven, proven, notProven, content, fault } = checkPack(bytes, key);
  for (const line of proven) console.log(`proven      ${line}`);
  for (const line of notProven) console.log(`not proven  ${line}`);
  if (!isProven) {
    console.log(`FAILED      ${fault}`);
    return exitCodes.notProven;
  }
  console.log("");
  for (const line of [...content.reading.zh, ...content.reading.en]) console.log(`  ${line}`);
  return exitCodes.proven;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
