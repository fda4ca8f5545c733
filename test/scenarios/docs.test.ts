// docs/scenarios.md: its table names every scenario with its site, its speed and the highest level of each expected alarm.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { rankOf, type Level } from "../../contract/level.ts";
import { parseScenario } from "../../simulators/sites/scenario.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "config/scenarios");
const names = readdirSync(folder).map((file) => basename(file, ".yaml"));
const rows = new Map(
  [...readFileSync(join(root, "docs/scenarios.md"), "utf8").matchAll(/^\| (S\d+) \| `([\w-]+)` \| (.*) \|$/gm)].map(
    ([, number = "", name = "", rest = ""]) => [name, { number, cells: rest.split(" | ") }] as const,
  ),
);

it("has a row for every file, and none besides", () => {
  expect([...rows.keys()].toSorted()).toEqual(names.toSorted());
});

it.each(names)("tells of %s what its file says", (name) => {
  const parsed = parseScenario(parse(readFileSync(join(folder, `${name}.yaml`), "utf8")));
  if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
  const { number, site, speed, expect: expected } = parsed.scenario;
  const [saidSite, takes = "", , alarms = ""] = rows.get(name)?.cells ?? [];
  expect(rows.get(name)?.number).toBe(number);
  expect(saidSite).toBe(site);
  expect(takes.includes("×") ? takes : `${takes}, ×1`).toMatch(new RegExp(`, ×${speed}$`));
  const highest = new Map<string, Level>();
  for (const { alarm, level } of expected.alarms) {
    const short = alarm
      .replace(`${site}/`, "")
      .replace(site, "")
      .replace(/~limit~.*/, "");
    if (rankOf(level) > rankOf(highest.get(short) ?? null)) highest.set(short, level);
  }
  const said = (alarms.split(";")[0] ?? "").split(", ");
  expect(said.toSorted()).toEqual([...highest].map(([short, level]) => `${short} ${level}`).toSorted());
});
