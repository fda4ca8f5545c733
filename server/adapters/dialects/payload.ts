// What every JSON or text payload goes through first: its bytes as text, and the text as a value.
import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { nameNotFinite } from "./not-finite.ts";

/** The text of a payload without its byte order mark, or null where it is not UTF-8. */
export function textOf(payload: Uint8Array): string | null {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  // Nearly every payload is ASCII, and copying that byte for byte is the cheapest way to a string.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString("utf8");
  // A byte order mark is no part of the text; Windows tools write it before their JSON.
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** The value of a JSON text, in which NaN and Infinity may stand bare; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const repaired = nameNotFinite(text);
    if (repaired === null) return undefined;
    try {
      return JSON.parse(repaired);
    } catch {
      return undefined;
    }
  }
}
