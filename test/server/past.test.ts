// What was, under load: nobody's questions keep the others from theirs.
import { describe, expect, it } from "vitest";
import type { LoadAnswer } from "../../contract/series.ts";
import { createPast, type PastOptions } from "../../server/app/past.ts";

const whole = { sites: null, seesPoint: () => true };

describe("the load of the alarms", () => {
  it("is counted three times at once, and the same question once", async () => {
    const counting: ((answer: LoadAnswer) => void)[] = [];
    const ask = () => new Promise<LoadAnswer>((resolve) => void counting.push(resolve));
    const past = createPast({ chronicle: { ask }, now: () => 0 } as unknown as PastOptions);
    const asked = [1, 2, 3, 3].map((to) => past.load({ from: 0, to }, whole));
    expect(counting).toHaveLength(3);
    expect(await past.load({ from: 0, to: 4 }, whole)).toEqual({ ok: false, code: "OVERLOADED" });
    const answer = { hours: [] } as unknown as LoadAnswer;
    for (const end of counting) end(answer);
    expect(await Promise.all(asked)).toEqual(asked.map(() => ({ ok: true, value: answer })));
    void past.load({ from: 0, to: 4 }, whole);
    expect(counting).toHaveLength(4);
  });
});
