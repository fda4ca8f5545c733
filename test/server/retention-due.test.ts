// When a segment of the journal may be condensed: a table of everything that keeps it whole.
import { describe, expect, it } from "vitest";
import { isDue } from "../../server/app/retention.ts";

const day = 86_400_000;

describe("a segment stays whole", () => {
  const needs = { now: 1000 * day, keepMs: 400 * day, historian: 500, checkpoint: 500, synced: 500 };
  it.each([
    ["nothing needs it: it goes", 500, 600 * day, {}, true],
    ["it is too young", 500, 600 * day + 1, {}, false],
    ["messages are kept for ever", 500, 0, { keepMs: Infinity }, false],
    ["the historian has not stored all of it", 501, 0, { checkpoint: 501, synced: 501 }, false],
    ["the historian has not said how far it is", 500, 0, { historian: null }, false],
    ["a start may still read it", 500, 0, { checkpoint: 499 }, false],
    ["there is no checkpoint", 500, 0, { checkpoint: null }, false],
    ["what follows is not on the disk yet", 500, 0, { synced: 499 }, false],
  ] as const)("unless %s", (_, end, to, changes, isGone) => {
    expect(isDue(end, to, { ...needs, ...changes })).toBe(isGone);
  });
});
