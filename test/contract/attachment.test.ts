// Which files an incident takes, by what they begin with.
import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { attachmentTypes, isAttachmentOf } from "../../contract/attachment.ts";

const samples: Readonly<Record<string, Buffer>> = {
  "image/jpeg": Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1]),
  "image/png": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]),
  "image/webp": Buffer.from("RIFF\u0001\u0002\u0003\u0004WEBPVP8 "),
  "application/pdf": Buffer.from("%PDF-1.7\n"),
  "video/mp4": Buffer.from("\u0000\u0000\u0000\u0018ftypmp42"),
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Buffer.from("PK\u0003\u0004xl"),
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Buffer.from("PK\u0003\u0004word"),
  "text/csv": Buffer.from("时间,水位\n1,2\n"),
  "text/plain": Buffer.from("a < b, written by hand"),
};

describe("a file beside an incident", () => {
  it.each(Object.keys(attachmentTypes))("of %s is known by its first bytes, and by no other's", (mediaType) => {
    const own = samples[mediaType] as Buffer;
    expect(isAttachmentOf(mediaType, own)).toBe(true);
    expect(isAttachmentOf(mediaType, Buffer.alloc(0))).toBe(false);
    expect(isAttachmentOf(mediaType, Buffer.from([0, 1, 2, 3]))).toBe(false);
    expect(isAttachmentOf(mediaType, own.subarray(0, 1))).toBe(mediaType.startsWith("text/"));
  });

  it.each(["text/html", "image/svg+xml", "application/javascript", "__proto__", "constructor", ""])(
    "of %s is not taken",
    (mediaType) => {
      for (const sample of Object.values(samples)) expect(isAttachmentOf(mediaType, sample)).toBe(false);
    },
  );

  it.each([
    "<!doctype html><script>",
    "  \n<HTML>",
    "\u{feff}<svg onload=x>",
    '<?xml version="1.0"?>',
    "<script>1</script>",
    "<iframe src=x>",
  ])("that begins like a page is no text: %j", (text) => {
    expect(isAttachmentOf("text/plain", Buffer.from(text))).toBe(false);
    expect(isAttachmentOf("text/csv", Buffer.from(text))).toBe(false);
  });
});
