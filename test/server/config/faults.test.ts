// Every way to get a configuration wrong: one file per fault under faults/, each with all the lines that it must give.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPlan } from "../../../server/config.ts";

const folder = fileURLToPath(new URL("faults", import.meta.url));

/** The parts of a fault file: `-- name --` begins each. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const pieces = text.split(/^-- (.+) --\n/mu).slice(1);
  return new Map(
    pieces.flatMap((piece, index) => (index % 2 === 0 ? [[piece, pieces[index + 1] ?? ""] as const] : [])),
  );
}

describe("loadPlan with a fault", () => {
  let dir = "";

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "skyground-config-"));
  });

  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it.each(readdirSync(folder))("lists exactly what %s expects", (name) => {
    const parts = partsOf(readFileSync(join(folder, name), "utf8"));
    for (const [path, content] of parts) {
      if (path === "expected") continue;
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    const loaded = loadPlan(dir);
    const faults = loaded.ok ? [] : loaded.faults.map((line) => line.replaceAll(`${dir}/`, ""));
    expect(faults.join("\n")).toBe((parts.get("expected") ?? "").trimEnd());
    expect(loaded.ok).toBe(false);
  });

  it("says that a folder is no file", () => {
    mkdirSync(join(dir, "plant", "odd.yaml"), { recursive: true });
    const loaded = loadPlan(dir);
    expect(loaded.ok ? [] : loaded.faults).toEqual([
      expect.stringMatching(/^.+\/plant\/odd\.yaml: cannot be read: EISDIR/u),
    ]);
  });

  it("refuses a file that would fill the memory", () => {
    mkdirSync(join(dir, "plant"));
    writeFileSync(join(dir, "plant", "huge.yaml"), "#".repeat(9 * 1024 * 1024));
    const loaded = loadPlan(dir);
    expect(loaded.ok ? [] : loaded.faults).toEqual([`${dir}/plant/huge.yaml: larger than 8388608 bytes`]);
  });

  it("refuses aliases that unfold without end", () => {
    mkdirSync(join(dir, "plant"));
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let depth = 1; depth < 9; depth += 1) {
      lines.push(`a${depth}: &a${depth} [${Array.from({ length: 10 }, () => `*a${depth - 1}`).join(", ")}]`);
    }
    writeFileSync(join(dir, "plant", "bomb.yaml"), lines.join("\n"));
    const loaded = loadPlan(dir);
    expect(loaded.ok ? [] : loaded.faults).toEqual([
      expect.stringMatching(/bomb\.yaml: cannot be read: Excessive alias count/u),
    ]);
  });
});
