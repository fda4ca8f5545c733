// The security document: what it says is shown by a test is a test that exists, under that very name.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Rows of the tables with four columns, whose first is a number of the standard. */
const rows = read("docs/security.md")
  .split("\n")
  .map((line) => line.split(/ ?\| ?/).slice(1, -1))
  .filter((cells) => cells.length === 4 && /^\d+\.\d+\.\d+$/.test(cells[0] ?? ""))
  .map(([id = "", requirement = "", how = "", shown = ""]) => ({ id, requirement, how, shown }));

/** A test is named in quotation marks or backticks of its file, with the signs that stand in a string. */
function hasTest(file: string, name: string): boolean {
  const text = existsSync(join(root, file)) ? read(file).replaceAll(/\(\s+/gu, "(") : "";
  return ['"', "'", "`"].some((sign) => text.includes(`(${sign}${name}${sign},`));
}

describe("docs/security.md", () => {
  it("has at least 45 requirements of the standard, of each of its chapters that concern a server with a page", () => {
    expect(rows.length).toBeGreaterThanOrEqual(45);
    const chapters = new Set(rows.map(({ id }) => Number(id.split(".")[0])));
    expect([...chapters].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it.each(rows)("$id: $requirement", ({ shown, how }) => {
    const named = [...shown.matchAll(/`(test\/[^`]+)` "(.+?)"(?=<br>|$)/g)].map(([, file = "", name = ""]) => ({
      file,
      name,
    }));
    expect(named.length).toBeGreaterThan(0);
    expect(named.length).toBe(shown.split("<br>").length);
    expect(how).not.toBe("");
    expect(named.filter(({ file, name }) => !hasTest(file, name))).toEqual([]);
  });
});
