// The frames, without sockets: who is told which latest value, and what becomes of a slow wall.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ValueTuple } from "../../contract/wall.ts";
import { createFrames, type Frames } from "../../server/adapters/frame.ts";

/** Latest values that a test sets, and frames over them. */
function plant(pointCount: number) {
  const values: number[] = Array<number>(pointCount).fill(0);
  const latest = (index: number): ValueTuple => [index, values[index] ?? null, 0, 0, 0];
  const frames: Frames<string> = createFrames({ pointCount, latest, enterBytes: 100, exitBytes: 10 });
  const waiting = new Map<string, number>();
  return {
    frames,
    wait: (wall: string, bytes: number) => waiting.set(wall, bytes),
    sample: (index: number, value: number) => {
      values[index] = value;
      frames.touch(index);
    },
    /** What each wall gets now: index → value, and how many frames were folded. */
    flush: () => {
      const got: Record<string, { values: Record<number, number | null>; folded: number }> = {};
      for (const { frame, walls } of frames.flush(1, (wall) => waiting.get(wall) ?? 0)) {
        for (const wall of walls) {
          if (got[wall] !== undefined) throw new Error(`two frames at once for ${wall}`);
          got[wall] = { values: Object.fromEntries(frame.values.map((v) => [v[0], v[1]])), folded: frame.folded };
        }
      }
      return got;
    },
  };
}

describe("frame", () => {
  it("tells a wall the latest value of what changed, once, however often it changed", () => {
    const { frames, sample, flush } = plant(100);
    frames.refresh("a");
    frames.watch("a", "all");
    sample(0, 1);
    sample(0, 2);
    sample(31, 3);
    sample(32, 4);
    sample(99, 5);
    expect(flush()).toEqual({ a: { values: { 0: 2, 31: 3, 32: 4, 99: 5 }, folded: 0 } });
    expect(flush()).toEqual({});
  });

  it("tells each wall what it watches and nothing else", () => {
    const { frames, sample, flush } = plant(100);
    for (const wall of ["a", "b", "c"]) frames.refresh(wall);
    frames.watch("a", [1, 64]);
    frames.watch("b", [2]);
    sample(1, 10);
    sample(3, 30);
    sample(64, 40);
    expect(flush()).toEqual({ a: { values: { 1: 10, 64: 40 }, folded: 0 } });
  });

  it("makes one frame for all the walls that watch everything", () => {
    const frames = createFrames<string>({ pointCount: 10, latest: (index) => [index, 1, 0, 0, 0] });
    for (const wall of ["a", "b", "c"]) {
      frames.refresh(wall);
      frames.watch(wall, "all");
    }
    frames.touch(4);
    const deliveries = frames.flush(7, () => 0);
    expect(deliveries).toEqual([{ frame: { at: 7, values: [[4, 1, 0, 0, 0]], folded: 0 }, walls: ["a", "b", "c"] }]);
  });

  it("tells a wall that begins to watch what it missed since its snapshot", () => {
    const { frames, sample, flush } = plant(10);
    sample(1, 1);
    flush();
    frames.refresh("a");
    sample(2, 2);
    expect(flush()).toEqual({});
    frames.watch("a", "all");
    expect(flush()).toEqual({ a: { values: { 2: 2 }, folded: 0 } });
    frames.watch("a", [3]);
    sample(4, 4);
    expect(flush()).toEqual({});
    frames.watch("a", [4]);
    expect(flush()).toEqual({ a: { values: { 4: 4 }, folded: 0 } });
  });

  it("forgets what a wall missed when it has a new snapshot, and goes on with what it watches", () => {
    const { frames, sample, flush, wait } = plant(10);
    frames.refresh("a");
    frames.watch("a", "all");
    wait("a", 101);
    sample(1, 1);
    expect(flush()).toEqual({});
    frames.refresh("a");
    wait("a", 0);
    sample(2, 2);
    expect(flush()).toEqual({ a: { values: { 2: 2 }, folded: 1 } });
  });

  it("folds the frames of a slow wall into one with the latest values, and says how many", () => {
    const { frames, sample, flush, wait } = plant(10);
    for (const wall of ["slow", "quick"]) {
      frames.refresh(wall);
      frames.watch(wall, "all");
    }
    wait("slow", 101);
    for (const value of [1, 2, 3]) {
      sample(5, value);
      expect(flush()).toEqual({ quick: { values: { 5: value }, folded: 0 } });
    }
    sample(6, 9);
    wait("slow", 0);
    expect(flush()).toEqual({
      slow: { values: { 5: 3, 6: 9 }, folded: 3 },
      quick: { values: { 6: 9 }, folded: 0 },
    });
    sample(6, 10);
    expect(flush()["slow"]).toEqual({ values: { 6: 10 }, folded: 0 });
  });

  it("does not go to and fro between the two thresholds", () => {
    const { frames, sample, flush, wait } = plant(10);
    frames.refresh("a");
    frames.watch("a", "all");
    const step = (bytes: number) => {
      wait("a", bytes);
      sample(1, bytes);
      return [Object.keys(flush()).length, frames.isFolding("a")];
    };
    expect(step(100)).toEqual([1, false]);
    expect(step(101)).toEqual([0, true]);
    expect(step(50)).toEqual([0, true]);
    expect(step(10)).toEqual([0, true]);
    expect(step(9)).toEqual([1, false]);
    expect(step(50)).toEqual([1, false]);
  });

  it("tells nobody of an index beyond the plan, and nothing to a wall that has left", () => {
    const { frames, sample, flush } = plant(33);
    frames.refresh("a");
    frames.watch("a", "all");
    frames.watch("stranger", "all");
    sample(33, 1);
    sample(63, 1);
    expect(flush()).toEqual({});
    frames.leave("a");
    sample(1, 1);
    expect(flush()).toEqual({});
    expect(frames.isFolding("a")).toBe(false);
  });

  it("begins anew with another plan", () => {
    const { frames, sample, flush } = plant(10);
    frames.refresh("a");
    frames.watch("a", "all");
    sample(1, 1);
    frames.reset(64);
    expect(flush()).toEqual({});
    frames.watch("a", [63]);
    sample(63, 5);
    expect(flush()).toEqual({ a: { values: { 63: 5 }, folded: 0 } });
  });

  it("leaves every wall with the true latest values, whatever the load and the order", () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("sample" as const), index: fc.nat(69) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), bytes: fc.nat(200), wall: fc.nat(1) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("watch" as const),
          wall: fc.nat(1),
          indexes: fc.oneof(fc.constant("all" as const), fc.array(fc.nat(69))),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { frames, sample, flush, wait } = plant(70);
        const truth: number[] = Array<number>(70).fill(0);
        const seen: Record<string, number[]> = { 0: [...truth], 1: [...truth] };
        for (const wall of ["0", "1"]) frames.refresh(wall);
        const take = () => {
          for (const [wall, { values }] of Object.entries(flush())) {
            for (const [index, value] of Object.entries(values)) seen[wall]![Number(index)] = value!;
          }
        };
        let value = 0;
        for (const one of steps) {
          value += 1;
          if (one.do === "sample") {
            truth[one.index] = value;
            sample(one.index, value);
          } else if (one.do === "flush") take();
          else if (one.do === "wait") wait(String(one.wall), one.bytes);
          else frames.watch(String(one.wall), one.indexes);
        }
        for (const wall of ["0", "1"]) {
          wait(wall, 0);
          frames.watch(wall, "all");
        }
        take();
        expect(seen).toEqual({ 0: truth, 1: truth });
      }),
      { numRuns: 300 },
    );
  });
});
