// What a site's screen says where it cannot show all: before the plan has come, outside of one's scope, and of a bad value.
import { afterEach, describe, expect, it } from "vitest";
import type { Snapshot, ValueTuple } from "../../contract/wall.ts";
import { mountApp, type Mounted } from "./mounted.ts";
import { planOf, pointOf, snapshotOf } from "./support.ts";

let app: Mounted;

function open(path: string): void {
  app = mountApp(path);
}
afterEach(() => {
  app.end();
});
const seen: Mounted["seen"] = (id) => app.seen(id);
const hear = (part: Partial<Snapshot>): Promise<void> =>
  app.look(snapshotOf(1, { plan: planOf([pointOf("a/P1")]), ...part }));

describe("a site's screen", () => {
  it("is a frame with titles until the plan has come", () => {
    open("/site/a");
    expect(
      seen("site-loading")
        .findAll("h2")
        .map((title) => title.text()),
    ).toEqual(["本站", "处置卡", "趋势 (T)", "台账"]);
  });

  it("outside of the scope of who looks is not told apart from one that does not exist", async () => {
    open("/site/nowhere");
    await hear({ person: { name: "lin", role: "viewer", tier: "county", scope: { counties: ["1"] } } });
    expect(seen("site-unknown").text()).toContain("无权查看本县数据");
    expect(seen("site-unknown").text()).toContain("或登记中没有它");
  });

  it("shows where a value is bad the last good one, struck, with its age", async () => {
    open("/site/a");
    const at = Date.now() - 200_000;
    await hear({ devices: [{ id: "a/box", state: "online", since: 1 }], values: [[0, 5, 0, at, at]] });
    expect(seen("last-good").exists()).toBe(false);
    const bad: ValueTuple = [0, 99, 4, Date.now(), Date.now()];
    app.hand.hear("frame", { at: Date.now(), values: [bad], folded: 0 });
    // Values are painted twice a second.
    await expect.poll(() => seen("last-good").exists()).toBe(true);
    expect(app.page.find("s[data-testid=last-good]").exists()).toBe(true);
    expect(seen("last-good").text()).toMatch(/^5\.00$/u);
    expect(seen("last-good").element.parentElement?.textContent).toMatch(/5\.00\u2002\d min\u2002—/u);
  });
});
