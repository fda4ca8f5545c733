// Files beside an incident: which are taken, how large, and how each shows what it is.

/** Larger files are refused: 10 MiB. */
export const mostAttachmentBytes = 10 * 1024 * 1024;

/** What a file of a media type begins with, from a byte on; of text nothing is known but that it is text. */
interface Sign {
  readonly from: number;
  readonly bytes: readonly number[];
}

const zip: readonly Sign[] = [{ from: 0, bytes: [0x50, 0x4b, 0x03, 0x04] }];

/** The media types that are taken, and their signs: pictures, film, PDF, tables and text. Nothing that a browser runs. */
export const attachmentTypes: Readonly<Record<string, readonly Sign[] | "text">> = {
  "image/jpeg": [{ from: 0, bytes: [0xff, 0xd8, 0xff] }],
  "image/png": [{ from: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] }],
  "image/webp": [
    { from: 0, bytes: [0x52, 0x49, 0x46, 0x46] },
    { from: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  ],
  "application/pdf": [{ from: 0, bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] }],
  "video/mp4": [{ from: 4, bytes: [0x66, 0x74, 0x79, 0x70] }],
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": zip,
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": zip,
  "text/csv": "text",
  "text/plain": "text",
};

/** So many bytes of a file are looked at; of a text none of them is 0. */
export const attachmentHeadBytes = 4096;

/** What a browser would take for a page or a picture that runs, whatever it is called; before it may stand UTF-8's mark. */
const pages = /^(?:ï»¿)?\s*<(?:!doctype|\?xml|html|svg|script|head|body|iframe)/iu;

/** True where the first bytes of a file are those of its media type. */
export function isAttachmentOf(mediaType: string, head: Uint8Array): boolean {
  const signs = Object.hasOwn(attachmentTypes, mediaType) ? attachmentTypes[mediaType] : undefined;
  if (signs === undefined || head.length === 0) return false;
  const looked = head.subarray(0, attachmentHeadBytes);
  if (signs === "text") return !looked.includes(0) && !pages.test(String.fromCharCode(...looked.subarray(0, 256)));
  return signs.every(({ from, bytes }) => bytes.every((byte, nth) => looked[from + nth] === byte));
}

/** A file that was taken: an incident names it by its hash. */
export interface StoredAttachment {
  /** SHA-256, hex. */
  readonly hash: string;
  readonly bytes: number;
  readonly mediaType: string;
}
