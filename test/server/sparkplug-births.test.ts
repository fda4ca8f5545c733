// What a Sparkplug edge node may have remembered has an end in characters too: births are its own words, as long as it likes.
import { expect, it } from "vitest";
import type { Translation, Translator } from "../../server/adapters/dialects/dialect.ts";
import { datatypes, type WireMetric } from "../../server/adapters/dialects/sparkplug-payload.ts";
import { sparkplug } from "../../server/adapters/dialects/sparkplug.ts";
import { payloadOf } from "../support/dialect-vectors-sparkplug.ts";

type Metrics = readonly Partial<WireMetric>[];

function say(reader: Translator, kind: string, metrics: Metrics, seq: number | null = null): Translation {
  const [word = "", ...owner] = kind.split(" ");
  const topic = ["spBv1.0", "G", word, "E", ...owner].join("/");
  return reader.translate({ topic, payload: payloadOf(metrics, { seq, timestamp: 1 }), at: 1 });
}

it("has an end for names as well: a gateway cannot fill the memory with long ones, and what goes makes room", () => {
  const long = (nth: number): Metrics => [{ name: `${nth}${"x".repeat(200_000)}`, datatype: datatypes.double }];
  const reader = sparkplug.open(
    { site: "pond-a", device: "gw01", options: { group: "G", edge: "E" }, names: {} },
    undefined,
  );
  say(reader, "NBIRTH", [], 0);
  let taken = 0;
  while (taken < 200 && say(reader, `DBIRTH d${taken}`, long(taken)).ok) taken += 1;
  expect(taken).toBe(83);
  expect(JSON.stringify(reader.memory?.()).length).toBeLessThan(100);
  // The same device born again takes no second room, and one that died none.
  expect(say(reader, "DBIRTH d0", long(0)).ok).toBe(true);
  expect(say(reader, `DBIRTH ${"d".repeat(60_000)}`, long(1)).ok).toBe(false);
  say(reader, "DDEATH d1", []);
  expect(say(reader, "DBIRTH d200", long(200)).ok).toBe(true);
  say(reader, "NBIRTH", [], 0);
  expect(say(reader, "DBIRTH d300", long(300)).ok).toBe(true);
});
