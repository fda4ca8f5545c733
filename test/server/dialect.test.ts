// What all dialects share: names that stand for point codes, and numbers that were written as text.
import { describe, expect, it } from "vitest";
import { codeOf, plainValue } from "../../server/adapters/dialects/dialect.ts";

describe("a dialect", () => {
  it("takes the register's code for a name, else the name itself with its parts joined by dots", () => {
    const names = { "Device A/temperature": "TT-101", "": "X" };
    expect(codeOf(names, "Device A", "temperature")).toBe("TT-101");
    expect(codeOf(names, "Device B", "temperature")).toBe("Device B.temperature");
    expect(codeOf(names, "", "TT-102")).toBe("TT-102");
    expect(codeOf(names, "toString")).toBe("toString");
  });

  it.each([
    ["35", 35],
    [" -1.5e3 ", -1500],
    [".5", 0.5],
    ["5.", 5],
    ["0x10", "0x10"],
    ["", ""],
    ["NaN", "NaN"],
    ["1,5", "1,5"],
    ["9".repeat(65), "9".repeat(65)],
    [true, true],
    [null, null],
  ])("reads %j as %j", (sent, read) => {
    expect(plainValue(sent)).toBe(read);
  });
});
