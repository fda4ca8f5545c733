// Times as gateways write them: numbers since the epoch in four units, and ISO 8601 in its long and its short form.
import type { MappedTime } from "../../../contract/mapping.ts";
import { plainValue } from "./dialect.ts";

const perMs = { s: 0.001, ms: 1, us: 1000, ns: 1_000_000 } as const;
const maxChars = 40;
/** ISO 8601 with or without hyphens and colons; the offset with or without a colon; a comma before the fraction, too. */
const iso =
  /^(?<y>\d{4})-?(?<mo>\d{2})-?(?<d>\d{2})[T ](?<h>\d{2}):?(?<mi>\d{2}):?(?<s>\d{2})(?:[.,](?<f>\d{1,12}))?\s?(?<z>Z|[+-]\d{2}(?::?\d{2})?)?$/iu;

/** Epoch ms; NaN where that is no time of this form. */
export function readTime(sent: unknown, { format, zone }: Pick<MappedTime, "format" | "zone">): number {
  if (format === "iso") return typeof sent === "string" && sent.length <= maxChars ? readIso(sent, zone) : Number.NaN;
  const count = plainValue(sent);
  return typeof count === "number" ? Math.floor(count / perMs[format]) : Number.NaN;
}

function readIso(text: string, zone: string | undefined): number {
  const found = iso.exec(text.trim())?.groups;
  const named = found?.["z"] ?? zone;
  // A time without a zone is a guess of eight hours.
  if (found === undefined || named === undefined) return Number.NaN;
  const { y = "", mo = "", d = "", h = "", mi = "", s = "", f = "0" } = found;
  // Beyond the millisecond nothing is kept; Date.parse would refuse a month of 13 as this does.
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${f.padEnd(3, "0").slice(0, 3)}Z`);
  return at - offsetMs(named);
}

function offsetMs(zone: string): number {
  if (zone === "Z" || zone === "z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || "0");
  return (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
}
