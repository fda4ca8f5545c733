// The thread of a workbook: rows go to it page by page, one workbook at a time, and whatever fails lets the next one begin.
import { describe, expect, it } from "vitest";
import { createSheetThread } from "../../server/sheets.ts";

const setup = { name: "steps", zoneMs: 0, headAt: 0 };
const program = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const counting = program(`
  import { parentPort } from "node:worker_threads";
  let rows = 0;
  parentPort.on("message", (page) => {
    if (page === null) parentPort.postMessage(Buffer.from(String(rows)));
    else rows += page.length;
  });
`);

async function* pagesOf(many: number): AsyncGenerator<readonly (readonly number[])[]> {
  for (let nth = 0; nth < many; nth += 1) yield [[nth], [nth]];
}

describe("the thread of a workbook", () => {
  it("takes every page, and another workbook only after that", async () => {
    const make = createSheetThread(counting);
    const first = make(setup, pagesOf(3));
    expect(make(setup, pagesOf(1))).toBeNull();
    expect(String(await first)).toBe("6");
    expect(String(await make(setup, pagesOf(1)))).toBe("2");
  });

  it("that fails, or whose rows do, says so and is free again", async () => {
    const make = createSheetThread(counting);
    const broken = async function* (): AsyncGenerator<readonly (readonly number[])[]> {
      yield [[1]];
      throw new Error("the historian has stopped");
    };
    await expect(make(setup, broken())).rejects.toThrow("the historian has stopped");
    expect(String(await make(setup, pagesOf(2)))).toBe("4");
    const dying = createSheetThread(program("process.exit(1)"));
    await expect(dying(setup, pagesOf(1))).rejects.toThrow("ended without an answer");
    await expect(dying(setup, pagesOf(1))).rejects.toThrow("ended without an answer");
  });
});
