// History as data: band and mean with their gaps, limits as steps, alarms in their shape, figures that say what buckets can say.
import { flushPromises, mount } from "@vue/test-utils";
import { afterAll, describe, expect, it } from "vitest";
import { shallowRef, nextTick } from "vue";
import type { AlarmStep, LimitSpan, PointSeries } from "../../contract/series.ts";
import type { Bucket } from "../../contract/wall.ts";
import type { Answer } from "../../dashboard/src/api/call.ts";
import { createCall } from "../../dashboard/src/api/call.ts";
import { levelColours, levelDashes } from "../../dashboard/src/charts/colours.ts";
import {
  historyOption,
  plotEdges,
  type HistoryInput,
  type HistoryLine,
} from "../../dashboard/src/charts/history-option.ts";
import { statsOf } from "../../dashboard/src/charts/history-stats.ts";
import GapList from "../../dashboard/src/screens/history/GapList.vue";
import { useLoaded, type Loaded } from "../../dashboard/src/screens/loader.ts";
import { fieldOf, instantOf, presetOf, rangeOf, splitFor, tickText } from "../../dashboard/src/screens/history/span.ts";
import { gapText } from "../../dashboard/src/screens/history/words.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";

const bucket = (at: number, min: number, max = min, count = 1): Bucket => ({
  at,
  min,
  max,
  mean: (min + max) / 2,
  last: max,
  count,
  quality: "good",
});
const limit = (part: Partial<LimitSpan> = {}): LimitSpan => ({
  rule: "limit",
  version: 1,
  level: "red",
  direction: "high",
  setpoint: 50,
  from: 0,
  to: 100,
  ...part,
});
const series = (part: Partial<PointSeries> = {}): PointSeries => ({
  point: "a/P1",
  buckets: [bucket(0, 1, 3), bucket(10, 2), bucket(60, 4, 8)],
  gaps: [{ from: 20, to: 60, reasons: [{ kind: "deviceOffline", from: 18, to: 58 }] }],
  limits: [],
  steps: [],
  hasMoreSteps: false,
  coveredMs: 60,
  ofMs: 100,
  ...part,
});
const line = (part: Partial<HistoryLine> = {}): HistoryLine => ({
  series: series(),
  unit: "m",
  range: [0, 100],
  gapMs: 15,
  ...part,
});
const input: HistoryInput = {
  lines: [line()],
  bucketMs: 10,
  chosen: "a/P1",
  from: 0,
  to: 100,
  size: [1000, 400],
  splitMs: 20,
  zoneMs: 0,
  formatTime: String,
  formatValue: (value) => value.toFixed(1),
  formatLimit: ({ level, setpoint }) => `${level} ${setpoint}`,
  formatGap: () => "offline",
};
interface Drawn {
  readonly id: string;
  readonly data: readonly unknown[];
  readonly yAxisIndex?: number;
  readonly lineStyle?: { readonly color: string; readonly type: unknown };
  readonly markArea?: {
    readonly data: readonly (readonly [
      { readonly xAxis: number; readonly label: { readonly show: boolean; readonly formatter: string } },
      { readonly xAxis: number },
    ])[];
  };
}
function drawn(part: Partial<HistoryInput> = {}): Readonly<Record<string, Drawn>> {
  const option = historyOption({ ...input, ...part });
  return Object.fromEntries((option["series"] as readonly Drawn[]).map((one) => [one.id, one]));
}

describe("the chart of history", () => {
  it("draws least to greatest as a band and the mean as a line, both broken where values are missing", () => {
    const parts = drawn();
    expect(parts["a/P1-least"]?.data).toEqual([
      [5, 1],
      [15, 2],
      [20, null],
      [65, 4],
    ]);
    expect(parts["a/P1-band"]?.data).toEqual([
      [5, 2],
      [15, 0],
      [20, null],
      [65, 4],
    ]);
    expect(parts["a/P1-mean"]?.data).toEqual([
      [5, 2],
      [15, 2],
      [20, null],
      [65, 6],
    ]);
  });

  it("shades the gaps of the chosen point alone, with the reason where it has room", () => {
    const [area] = drawn()["gaps"]?.markArea?.data ?? [];
    expect(area?.[0]).toMatchObject({ xAxis: 20, label: { show: true, formatter: "offline" } });
    expect(area?.[1].xAxis).toBe(60);
    expect(drawn({ size: [250, 400] })["gaps"]?.markArea?.data[0]?.[0].label.show).toBe(false);
    expect(drawn({ chosen: "a/P2" })["gaps"]?.markArea?.data).toEqual([]);
  });

  it("draws each limit as steps at the time of its versions, in the level's colour and dash", () => {
    const limits = [limit({ to: 40, setpoint: 12 }), limit({ version: 2, from: 40, setpoint: 9 })];
    const step = drawn({ lines: [line({ series: series({ limits }) })] })["limit limit red high"];
    expect(step?.data).toEqual([
      [0, 12],
      [40, 12],
      [40, 9],
      [100, 9],
    ]);
    expect(step?.lineStyle).toMatchObject({ color: levelColours.red, type: levelDashes.red });
  });

  it("marks alarms in the shape of their level, what is no rise hollow", () => {
    const step = (part: Partial<AlarmStep>): AlarmStep =>
      ({ at: 10, value: 7, level: "orange", fromLevel: null, ...part }) as AlarmStep;
    const steps = [step({}), step({ at: 20, level: null, fromLevel: "orange" })];
    const data = drawn({ lines: [line({ series: series({ steps }) })] })["alarms"]?.data;
    expect(data?.[0]).toMatchObject({ value: [10, 7], symbol: "triangle", itemStyle: { color: levelColours.orange } });
    expect(data?.[1]).toMatchObject({ symbol: "triangle", itemStyle: { borderWidth: 2 } });
  });

  it("has an axis for each unit, and leaves room for the further ones", () => {
    const lines = [line(), line({ series: series({ point: "a/P2" }), unit: "%" })];
    const option = historyOption({ ...input, lines });
    expect(option["yAxis"]).toHaveLength(2);
    expect(drawn({ lines })["a/P2-mean"]?.yAxisIndex).toBe(1);
    expect(plotEdges(1000, 2)[1]).toBeLessThan(plotEdges(1000, 1)[1]);
  });
});

describe("the figures", () => {
  it("weigh the mean by samples, and give the time at a limit as a span where a bucket does not tell", () => {
    const of = series({
      buckets: [bucket(0, 60, 70, 3), bucket(10, 40, 55, 1), bucket(20, 10, 20, 1)],
      limits: [limit()],
    });
    expect(statsOf(of, 10)).toEqual({
      samples: 5,
      min: 10,
      mean: (65 * 3 + 47.5 + 15) / 5,
      max: 70,
      beyond: [{ level: "red", direction: "high", leastMs: 10, mostMs: 20 }],
    });
    expect(statsOf(series({ buckets: [] }), 10)).toMatchObject({ samples: 0, min: null, mean: null, max: null });
    const low = series({ buckets: [bucket(0, 1, 9)], limits: [limit({ direction: "low", setpoint: 5, to: 4 })] });
    expect(statsOf(low, 10).beyond[0]).toMatchObject({ leastMs: 0, mostMs: 4 });
  });
});

describe("the time in the address", () => {
  it("is a preset that moves, or bounds that do not; nonsense is the usual preset", () => {
    expect(rangeOf({ range: "1h" }, 10_000_000)).toEqual({ from: 6_400_000, to: 10_000_000 });
    expect(rangeOf({ from: "5", to: "9" }, 100)).toEqual({ from: 5, to: 9 });
    expect(presetOf({ from: "9", to: "5" })).toBe("8h");
    expect(presetOf({ from: "5", to: "9" })).toBeNull();
  });

  it("is written and read as Beijing time", () => {
    const at = Date.UTC(2026, 10, 28, 16, 30);
    expect(fieldOf(at)).toBe("2026-11-29T00:30");
    expect(instantOf("2026-11-29T00:30")).toBe(at);
    expect(instantOf("")).toBeNull();
    expect(tickText(at, { from: at, to: at + 3_600_000 })).toBe("00:30");
    expect(splitFor({ from: 0, to: 3_600_000 }, 1100)).toBe(600_000);
  });
});

describe("a gap in words", () => {
  it("says every reason with its own times, and that nothing is recorded where nothing is", () => {
    const words = createWords("zh");
    const from = Date.UTC(2026, 10, 28, 18, 15);
    const reasons = [{ kind: "deviceOffline" as const, from: from - 300_000, to: from + 12_300_000 }];
    expect(gapText({ from, to: from + 1, reasons }, words)).toBe("网关离线 02:10–05:40");
    expect(gapText({ from, to: from + 1, reasons: [] }, words)).toBe("无记录");
    const wrapper = mount(GapList, {
      props: { gaps: [{ from, to: from + 60_000, reasons }] },
      global: { provide: { [wordsKey as symbol]: words } },
    });
    expect(wrapper.text()).toContain("网关离线 02:10–05:40");
  });
});

describe("an answer that follows its question", () => {
  const key = shallowRef<string | null>("one");
  const answers = new Map<string, (answer: Answer<string>) => void>();
  let loaded: Loaded<string>;
  const wrapper = mount({
    setup: () => {
      loaded = useLoaded(
        key,
        () => new Promise((resolve) => answers.set(key.value ?? "", resolve)),
        () => 5,
      );
      return () => null;
    },
  });
  const ask = async (question: string): Promise<void> => {
    key.value = question;
    await nextTick();
  };
  const say = async (question: string, answer: Answer<string>): Promise<void> => {
    answers.get(question)?.(answer);
    await flushPromises();
  };
  const stands = () => [loaded.value.value, loaded.failures.value, loaded.refused.value?.code ?? null];
  afterAll(() => wrapper.unmount());

  it("shows no answer to a question that is no longer asked", async () => {
    await ask("two");
    await say("two", { ok: true, value: "second" });
    await say("one", { ok: true, value: "first" });
    expect(stands()).toEqual(["second", 0, null]);
  });

  it("stays where reading it again fails, and goes where another question fails", async () => {
    loaded.again();
    await say("two", { ok: false, code: null });
    expect([...stands(), loaded.failedAt.value]).toEqual(["second", 1, null, 5]);
    await ask("three");
    expect(loaded.value.value).toBe("second");
    await say("three", { ok: false, code: null });
    expect(stands()).toEqual([null, 2, null]);
  });

  it("says why a question is refused, and no more that others have failed", async () => {
    await ask("four");
    await say("four", { ok: false, code: "QUERY_TOO_LARGE" });
    expect(stands()).toEqual([null, 0, "QUERY_TOO_LARGE"]);
  });
});

describe("a file", () => {
  it("comes in pieces under its own name, and a refusal brings its estimate", async () => {
    const estimate = { rows: 9, most: 5, spanMs: null, bucketMs: 60_000 };
    const call = createCall(async (path) =>
      path === "/file"
        ? new Response("a,b", { headers: { "content-disposition": 'attachment; filename="x.csv"' } })
        : new Response(JSON.stringify({ code: "QUERY_TOO_LARGE", estimate }), { status: 413 }),
    );
    const told: number[] = [];
    const file = await call.file("/file", (bytes) => told.push(bytes));
    expect(file.ok && [file.value.name, await file.value.blob.text()]).toEqual(["x.csv", "a,b"]);
    expect(told.at(-1)).toBe(3);
    expect(await call.file("/large", () => undefined)).toEqual({ ok: false, code: "QUERY_TOO_LARGE", estimate });
  });
});
