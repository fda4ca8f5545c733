// Public frames of HJ 212-2017 with what they are worth, right and wrong ones, as they stand in `shared/` beside the checkout.
import { readFileSync } from "node:fs";
import { frameOf } from "../../server/adapters/dialects/hj212-frame.ts";

const samples = new URL("../../../shared/data/samples/hj212_frames.txt", import.meta.url);

/** Every public frame, without its line end. */
export const hj212Frames: readonly string[] = readFileSync(samples, "latin1")
  .split(/\r?\n/)
  .filter((line) => line !== "");

/** A whole frame of the fields of one message of `mn`. */
export function hj212Frame(content: string, head: Readonly<Record<string, string>> = {}): string {
  const all = { QN: "20260921120000000", ST: "21", CN: "2011", PW: "123456", MN: "A1", Flag: "4", ...head };
  const data = `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(";")};CP=&&${content}&&`;
  return Buffer.from(frameOf(data, "hj212")).toString("latin1");
}

/** Payloads for whoever reads this dialect: whole frames, cut ones, several at once, and noise between. */
export const hj212Vectors: readonly Uint8Array[] = [
  ...hj212Frames,
  ...hj212Frames.map((frame) => `${frame}\r\n`),
  hj212Frames.slice(0, 4).join("\r\n"),
  `noise${hj212Frame("DataTime=20260921120000;a21001-Rtd=1,a21001-Flag=N")}##`,
  hj212Frame("a21001-SampleTime=20260921115900,a21001-Rtd=1,a21001-Flag=T").slice(0, 60),
].map((text) => Buffer.from(text, "latin1"));
