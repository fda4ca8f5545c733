// Checkpoints on a real disk: whole or left alone, never ahead of the journal, and bounded in number.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoints, type Checkpoint } from "../../server/adapters/journal/checkpoint.ts";
import { createLog } from "../../server/log.ts";

const plan = { city: "there", points: [1, 2, 3] };
const written = Promise.resolve();
let dir = "";

function checkpoint(position: number, changes: Partial<Checkpoint["state"]> = {}): Checkpoint {
  const columns = {
    numbers: Float64Array.of(position, Number.NaN),
    marks: Uint8Array.of(1, 2, 3),
    times: new Uint32Array(2),
  };
  const rest = { samples: position, points: new Map([["a", 1]]) };
  return { mark: { position, upTo: position, seq: 1, chain: "c" }, state: { plan, rest, columns, ...changes } };
}

const open = () => openCheckpoints(dir, createLog("silent"));
const files = (): readonly string[] => readdirSync(dir).toSorted();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skyground-checkpoint-"));
});

afterEach(() => rmSync(dir, { recursive: true }));

describe("checkpoints", () => {
  it("come back as they were saved, newest first, and only the newest two are kept", async () => {
    const checkpoints = open();
    for (const position of [100, 200, 300]) await checkpoints.save(checkpoint(position), written);
    expect(open().load()).toEqual([checkpoint(300), checkpoint(200)]);
    expect(files()).toHaveLength(3);
  });

  it("share the file of their plan, which goes when the last of them does", async () => {
    const checkpoints = open();
    await checkpoints.save(checkpoint(100), written);
    const [old] = files().filter((name) => name.endsWith(".plan"));
    const other = { city: "elsewhere" };
    await checkpoints.save(checkpoint(200, { plan: other }), written);
    expect(files()).toContain(old);
    await checkpoints.save(checkpoint(300, { plan: other }), written);
    expect(files()).not.toContain(old);
    expect(
      open()
        .load()
        .map(({ state }) => state.plan),
    ).toEqual([other, other]);
  });

  it("write a large plan in pieces, between which everything else has its turn, and in the very words of JSON", async () => {
    const large = { city: undefined, sites: [], points: Array.from({ length: 1000 }, (_, nth) => ({ id: `p${nth}` })) };
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await open().keepPlan(large);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(8);
    const [name = ""] = files();
    expect(readFileSync(join(dir, name)).subarray(0, -4).toString()).toBe(JSON.stringify(large));
    await open().keepPlan({});
    expect(files()).toHaveLength(2);
  });

  it("do not write a plan again that they were loaded with", async () => {
    await open().save(checkpoint(100), written);
    const again = open();
    const [loaded] = again.load();
    if (loaded === undefined) throw new Error("no checkpoint");
    const [name = ""] = files().filter((file) => file.endsWith(".plan"));
    writeFileSync(join(dir, name), "spoilt");
    await again.save({ ...loaded, mark: { ...loaded.mark, position: 200 } }, written);
    expect(readFileSync(join(dir, name), "utf8")).toBe("spoilt");
  });

  it("are left alone where a byte of them or of their plan has changed, or they are cut short", async () => {
    const checkpoints = open();
    await checkpoints.save(checkpoint(100), written);
    await checkpoints.save(checkpoint(200), written);
    const [first = "", second = ""] = files().filter((name) => name.endsWith(".checkpoint"));
    const bytes = readFileSync(join(dir, second));
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(join(dir, second), bytes);
    expect(open().load()).toEqual([checkpoint(100)]);
    writeFileSync(join(dir, first), readFileSync(join(dir, first)).subarray(0, 30));
    expect(open().load()).toEqual([]);
    await checkpoints.save(checkpoint(300), written);
    const [name = ""] = files().filter((file) => file.endsWith(".plan"));
    writeFileSync(join(dir, name), "");
    expect(open().load()).toEqual([]);
  });

  it("take in columns that come slice by slice, into one stage that is filled again for each", async () => {
    function* slices(): Generator<Float64Array> {
      const stage = new Float64Array(2);
      for (const [one, two] of [
        [1, 2],
        [3, 4],
      ] as const) {
        stage.set([one, two]);
        yield stage;
      }
      yield Float64Array.of(5);
    }
    const slow = { kind: "Float64Array", byteLength: 40, slices } as const;
    const { mark, state } = checkpoint(100);
    await open().save(
      { mark, state: { ...state, columns: { slow, none: new Float64Array(0), marks: Uint8Array.of(7) } } },
      written,
    );
    const [loaded] = open().load();
    const whole = { slow: Float64Array.of(1, 2, 3, 4, 5), none: new Float64Array(0), marks: Uint8Array.of(7) };
    expect(loaded?.state.columns).toEqual(whole);
  });

  it("find the file of a plan that was kept beforehand", async () => {
    const checkpoints = open();
    await checkpoints.keepPlan(plan);
    const [name = ""] = files();
    writeFileSync(join(dir, name), "spoilt");
    await checkpoints.save(checkpoint(100), written);
    expect(readFileSync(join(dir, name), "utf8")).toBe("spoilt");
  });

  it("are not written before the journal is on the disk, and hold what was when they were asked for", async () => {
    let onDisk = (): void => undefined;
    const after = new Promise<void>((resolve) => (onDisk = resolve));
    const rest = { samples: 1 };
    const saved = open().save(checkpoint(100, { rest }), after);
    rest.samples = 2;
    expect(files()).toEqual([]);
    onDisk();
    await saved;
    expect(
      open()
        .load()
        .map(({ state }) => state.rest),
    ).toEqual([{ samples: 1 }]);
  });
});
