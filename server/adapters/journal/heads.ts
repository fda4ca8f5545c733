// Signed heads of the chain, one a line: what was signed once cannot be rewritten behind whoever keeps a copy.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Head, headText, type SignedHead } from "../../../contract/evidence.ts";
import { isSignedBy, type RecordKey } from "./record-key.ts";

/** The file beside the segments. */
export const headsFile = "heads.jsonl";

/** Signs a head. */
export function signHead(key: RecordKey, { position, upTo, seq, chain }: Head, at: number): SignedHead {
  const head = { position, upTo, seq, chain, at };
  return { ...head, key: key.publicKey, signature: key.sign(headText(head)) };
}

/** True where a head's own key has signed just this; whose key that is, is another question. */
export function isWholeHead(head: SignedHead): boolean {
  return isSignedBy(head.key, headText(head), head.signature);
}

/** The file of signed heads, open for writing. */
export interface HeadsFile {
  readonly append: (head: SignedHead) => void;
  readonly sync: () => void;
  readonly close: () => void;
}

/** No line is longer. */
const longestLine = 1024;

/** Opens the file; what a crash has left of a last line goes, so that the next one stands alone. */
export function openHeads(journalDir: string): HeadsFile {
  const fd = openSync(join(journalDir, headsFile), "a+", 0o600);
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(Math.min(size, longestLine));
  readSync(fd, tail, 0, tail.length, size - tail.length);
  let end = size - tail.length + tail.lastIndexOf("\n") + 1;
  ftruncateSync(fd, end);
  return {
    append: (head) => {
      const line = Buffer.from(`${JSON.stringify(head)}\n`);
      if (writeSync(fd, line) < line.length) {
        // What a full disk took in part must go, or the next head would stand behind a torn one.
        ftruncateSync(fd, end);
        throw new Error("no room for a head");
      }
      end += line.length;
    },
    sync: () => fsyncSync(fd),
    close: () => closeSync(fd),
  };
}

/** A line of a file of heads: the head, or why it is none. Lines count from 1. */
export type HeadLine =
  | { readonly line: number; readonly ok: true; readonly head: SignedHead }
  | { readonly line: number; readonly ok: false; readonly reason: string };

function headIn(text: string): SignedHead | string {
  let head: SignedHead;
  try {
    const { position, upTo, seq, chain, at, key, signature } = JSON.parse(text) as SignedHead;
    head = { position, upTo, seq, chain, at, key, signature };
  } catch {
    return "it is no line of JSON";
  }
  // One spelling only: what was not written by us, byte for byte, is no head of ours.
  if (JSON.stringify(head) !== text) return "it is not written as heads are";
  return isWholeHead(head) ? head : "its signature does not fit";
}

/** Reads signed heads from a file; empty where there is none. */
export function readHeads(file: string): readonly HeadLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  // Behind the last line end there is nothing, or what a crash has cut short.
  const last = lines.pop() ?? "";
  const read = lines.flatMap((text, index): readonly HeadLine[] => {
    if (text === "") return [];
    const head = headIn(text);
    const line = index + 1;
    return [typeof head === "string" ? { line, ok: false, reason: head } : { line, ok: true, head }];
  });
  return last === "" ? read : [...read, { line: lines.length + 1, ok: false, reason: "it is cut short" }];
}

/** The heads at these positions, and the nearest before the first byte and behind the last: whole ones only. */
export function headsAround(
  file: string,
  positions: ReadonlySet<number>,
  first: number,
  last: number,
): readonly SignedHead[] {
  if (!existsSync(file)) return [];
  const chosen = new Map<number, string>();
  let [before, after] = ["", ""];
  for (const text of readFileSync(file, "utf8").split("\n")) {
    const position = Number(/^\{"position":(\d+),/u.exec(text)?.[1] ?? Number.NaN);
    if (positions.has(position)) chosen.set(position, chosen.get(position) ?? text);
    if (position <= first) before = text;
    if (position > last && after === "") after = text;
  }
  return [before, ...chosen.values(), after].flatMap((text) => {
    const head = headIn(text);
    return typeof head === "string" ? [] : [head];
  });
}
