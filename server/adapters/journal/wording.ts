// Which record a damage has hit: told by the numbers on both sides of it, and by how its bytes still look.
import { headerBytes } from "./records.ts";
import type { Called, Piece } from "./scan.ts";

/** A record by its number. */
export function nameOf(record: Called): string {
  return record.type === "seal" ? `the seal of the turn up to input ${record.upTo}` : `${record.type} ${record.number}`;
}

/** How the bodies in JSON begin, behind the byte of their kind; everything else is a message. */
const beginnings = { seal: '{"upTo":', change: '{"type":', input: '{"kind":' } as const;
type Look = "seal" | "change" | "input" | "message";

/** What damaged bytes still look like: one of them may be wrong, so one letter may differ. */
function lookOf(bytes: Buffer, start: number): Look {
  const text = bytes.subarray(start + headerBytes + 1, start + headerBytes + 9);
  const differing = (other: string): number => Buffer.from(other).filter((byte, place) => byte !== text[place]).length;
  const looks = Object.keys(beginnings) as (keyof typeof beginnings)[];
  return looks.find((look) => differing(beginnings[look]) <= 1) ?? "message";
}

interface Gap {
  readonly bytes: Buffer;
  readonly pieces: readonly Piece[];
  readonly index: number;
  /** The last numbers before it. */
  readonly after: { readonly number: number; readonly seq: number };
}

const span = (word: string, from: number, to: number): readonly string[] => {
  if (to < from) return [];
  return [from === to ? `${word} ${from}` : `${word}s ${from} to ${to}`];
};

/** The end of the turn that a damage lies in, as far as what follows tells it. */
function turnBehind(pieces: readonly Piece[], index: number): { readonly upTo: number; readonly seq: number } | null {
  for (const piece of pieces.slice(index + 1)) {
    if (piece.type === "gap" || piece.record.type === "input") return null;
    if (piece.record.type === "seal") return piece.record;
  }
  return null;
}

/** The records that a damage has hit. */
export function nameGap({ bytes, pieces, index, after: { number, seq } }: Gap): string {
  const gap = pieces[index];
  if (gap === undefined) return "nothing";
  const look = lookOf(bytes, gap.start);
  const following = pieces[index + 1];
  const first =
    look === "seal"
      ? `the seal of the turn up to input ${number}`
      : look === "change"
        ? `change ${seq + 1}`
        : `input ${number + 1}`;
  if (following?.type !== "record") return first;
  const { record } = following;
  const hit: readonly string[] =
    record.type === "input"
      ? span("input", number + 1, record.number - 1)
      : [
          ...span("input", number + 1, turnBehind(pieces, index)?.upTo ?? number),
          ...span("change", seq + 1, record.type === "seal" ? record.seq : record.number - 1),
        ];
  return hit.length === 0 ? first : hit.join(" and ");
}
