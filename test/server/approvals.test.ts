// The second person at a screen: his password is checked, and guessed at slowly.
import { expect, it } from "vitest";
import { createApprovals } from "../../server/app/approvals.ts";

const wu = { name: "wu", role: "dutyOfficer", tier: "city" } as const;

it("knows a person by his password, and makes whoever guesses wait", async () => {
  let now = 0;
  const approve = createApprovals(
    async (name, password) => (name === "wu" && password === "right" ? wu : null),
    () => now,
  );
  expect(await approve({ name: "wu", password: "right" })).toEqual(wu);
  for (let guess = 0; guess < 5; guess += 1) {
    expect(await approve({ name: "wu", password: `guess-${guess}` })).toBe("LOGIN_FAILED");
  }
  expect(await approve({ name: "wu", password: "right" })).toBe("TOO_MANY_ATTEMPTS");
  now += 5000;
  expect(await approve({ name: "wu", password: "right" })).toEqual(wu);
});
