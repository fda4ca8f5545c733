// A change as a person sends it: strict in every word, for it goes into the plan of record.
import { Compile } from "typebox/compile";
import { expect, it } from "vitest";
import { ruleChangeSchema, ruleDraftSchema, ruleEnableSchema } from "../../contract/rule-change.ts";
import { changeOf, condition, limit } from "../support/plant.ts";

const draftCheck = Compile(ruleDraftSchema);
const { author, ...sent } = changeOf(2, 5, { blue: [limit(1), limit(2)] });
const { approver, ...version } = sent.version;
const draft = { ...sent, version };

it("takes every kind of condition, and a version without levels", () => {
  const vote = condition("vote", {
    members: ["a/b"],
    violated: { direction: "low", setpoint: 1 },
    need: 1,
    windowMs: 0,
  });
  expect(draftCheck.Check(draft)).toBe(true);
  expect(draftCheck.Check({ ...draft, version: { ...version, levels: { red: [vote] } } })).toBe(true);
  expect(draftCheck.Check({ ...draft, version: { ...version, levels: {} } })).toBe(true);
});

it("names neither author nor approver: those are who logged in and who stands beside him", () => {
  expect(draftCheck.Check({ ...draft, author })).toBe(false);
  expect(draftCheck.Check({ ...draft, version: { ...version, approver } })).toBe(false);
  expect(Compile(ruleChangeSchema).Check({ ...draft, author, version: { ...version, approver } })).toBe(true);
  const wanted = { change: draft, approval: { name: "lu", password: "x" }, seen: "s" };
  expect(Compile(ruleEnableSchema).Check(wanted)).toBe(true);
  expect(Compile(ruleEnableSchema).Check({ ...wanted, force: true })).toBe(false);
});

it("knows no word that no condition has, no other level, and no level without a condition", () => {
  const withLevels = (levels: unknown): boolean => draftCheck.Check({ ...draft, version: { ...version, levels } });
  expect(withLevels({ red: [{ ...limit(1), note: "x" }] })).toBe(false);
  expect(withLevels({ purple: [limit(1)] })).toBe(false);
  expect(withLevels({ red: [] })).toBe(false);
  expect(withLevels({ red: [{ ...limit(1), setpoint: Number.POSITIVE_INFINITY }] })).toBe(false);
});
