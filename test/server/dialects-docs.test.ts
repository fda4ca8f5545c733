// What docs/dialects.md tells of mappings: every ready one with its topics and its sample, and an example that passes.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deviceOf, dialectOf, short, translate } from "../support/dialects.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/dialects.md"), "utf8");
const json = dialectOf("json");
const ready = readdirSync(join(root, "config/dialects")).map((file) => file.replace(".yaml", ""));

describe("the page on dialects", () => {
  it.each(ready)("tells the sample of %s, and it is read", (mapping) => {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${mapping}\``)) ?? "";
    const sample = /`(?<json>\{.*\})`/u.exec(row)?.groups?.["json"];
    if (sample === undefined) {
      expect(row).toContain("the same");
      return;
    }
    const options = ["usr", "kingio"].includes(mapping) ? { mapping, topics: ["a/topic"] } : { mapping };
    const topic = (json.topics(deviceOf(options)).publish[0] ?? "").replaceAll("+", "x");
    expect(translate(json, deviceOf(options), topic, sample)).toMatchObject({ ok: true });
  });

  it("shows a mapping that passes, and reads as it is told", () => {
    const written = /```yaml\n(?<text>[\s\S]*?)```/u.exec(page)?.groups?.["text"] ?? "";
    const { messages } = parse(written) as { messages: unknown };
    const mapping = { messages };
    expect(json.check({ mapping })).toEqual([]);
    const device = deviceOf({ mapping });
    const body = {
      points: [
        { tag: "t", v: 50, t: "2026-01-02 11:04:05", q: 192, unit: "m" },
        { tag: "u", v: 1, q: 0 },
      ],
      status: "up",
      id: 3,
    };
    const translated = translate(json, device, "plant/l1/data", body);
    expect(short(translated)).toEqual([`l1.t=5m @${Date.UTC(2026, 0, 2, 3, 4, 5)}`, "l1.u=0.1 bad"]);
    expect(translated).toMatchObject({ online: true, replies: [{ topic: "plant/l1/ack" }] });
    expect(translate(json, device, "plant/l1/data", { w_data: [], points: [{ tag: "t", v: 1 }] })).toMatchObject({
      ok: true,
      objects: [],
    });
  });
});
