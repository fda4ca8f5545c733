// The second person at a screen: his password is checked, and guessed at slowly.
import { expect, it } from "vitest";
import { createApprovals } from "../../server/app/approvals.ts";

const wu = { name: "wu", role: "dutyOfficer", tier: "city" } as const;

/** A register in which Wu has the password `right`. */
function registerOf(mustChange = false) {
  return {
    checkPassword: async (name: string, password: string) => (name === "wu" && password === "right" ? wu : null),
    findAccount: (name: string) =>
      name === "wu" ? { ...wu, createdAt: 0, seenAt: null, lockedAt: null, mustChange } : null,
  };
}

it("knows a person by his password, and makes whoever guesses wait", async () => {
  let now = 0;
  const approve = createApprovals(registerOf(), () => now);
  expect(await approve({ name: "wu", password: "right" })).toEqual(wu);
  for (let guess = 0; guess < 5; guess += 1) {
    expect(await approve({ name: "wu", password: `guess-${guess}` })).toBe("LOGIN_FAILED");
  }
  expect(await approve({ name: "wu", password: "right" })).toBe("TOO_MANY_ATTEMPTS");
  now += 5000;
  expect(await approve({ name: "wu", password: "right" })).toEqual(wu);
});

it("takes nobody by a password that somebody else has handed him", async () => {
  const approve = createApprovals(registerOf(true), () => 0);
  expect(await approve({ name: "wu", password: "right" })).toBe("APPROVER_NOT_ALLOWED");
  expect(await approve({ name: "wu", password: "wrong" })).toBe("LOGIN_FAILED");
});

it("checks four passwords at once and no more, whoever asks", async () => {
  const waiting: (() => void)[] = [];
  const checkPassword = (): Promise<typeof wu> => new Promise((resolve) => waiting.push(() => resolve(wu)));
  const approve = createApprovals({ ...registerOf(), checkPassword }, () => 0);
  const asked = ["a", "b", "c", "d"].map((name) => approve({ name, password: "right" }));
  expect(await approve({ name: "e", password: "right" })).toBe("OVERLOADED");
  for (const answer of waiting.splice(0)) answer();
  expect(await Promise.all(asked)).toEqual([wu, wu, wu, wu]);
  const later = approve({ name: "e", password: "right" });
  waiting[0]?.();
  expect(await later).toEqual(wu);
});
