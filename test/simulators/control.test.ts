// The two files by which a scenario command and a running fleet talk.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  createControl,
  createControlled,
  type Control,
  type Playing,
  type ScenarioRequest,
} from "../../simulators/control.ts";

let folder = "";
let control: Control;
let playing: Playing[] = [];
let mended: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skyground-control-"));
  control = createControl(folder);
  playing = [];
  mended = [];
});

afterEach(() => rm(folder, { recursive: true }));

const player = {
  sites: ["hc-05"],
  play: ({ site }: ScenarioRequest): boolean => {
    if (playing.some((one) => one.site === site)) return false;
    playing = [...playing, { site, share: 0, simulatedMs: 0, values: {} }];
    return true;
  },
  mend: (site: string): void => void mended.push(site),
  playing: (): readonly Playing[] => playing,
};

function request(id: string, at: number, kind: "play" | "mend" = "play"): ScenarioRequest {
  return { id, kind, at, site: "hc-05", scenario: {}, speed: null };
}

it("tells a living fleet from one that is gone", async () => {
  expect(await control.reported(10_000)).toBeNull();
  const controlled = createControlled(control, player, 0);
  await controlled.poll(10_000);
  expect((await control.reported(12_000))?.sites).toEqual(["hc-05"]);
  expect(await control.reported(15_001)).toBeNull();
  await controlled.poll(15_000);
  await control.leave();
  expect(await control.reported(15_001)).toBeNull();
});

it("plays a request once and says when it has ended", async () => {
  const controlled = createControlled(control, player, 1000);
  await control.request(request("one", 2000));
  await controlled.poll(2500);
  await controlled.poll(3000);
  expect(playing.length).toBe(1);
  expect((await control.reported(3000))?.requests).toEqual([{ id: "one", site: "hc-05", outcome: "playing" }]);
  playing = [];
  await controlled.poll(3500);
  expect(playing).toEqual([]);
  expect((await control.reported(3500))?.requests[0]?.outcome).toBe("ended");
});

it("answers two commands each their own way", async () => {
  const controlled = createControlled(control, player, 0);
  await control.request(request("one", 2000));
  await controlled.poll(2500);
  await control.request(request("two", 3000));
  await controlled.poll(3500);
  const outcomes = (await control.reported(3500))?.requests.map(({ id, outcome }) => [id, outcome]);
  expect(outcomes).toEqual([
    ["one", "playing"],
    ["two", "refused"],
  ]);
});

it("mends when told to", async () => {
  const controlled = createControlled(control, player, 0);
  await control.request(request("three", 2000, "mend"));
  await controlled.poll(2500);
  await controlled.poll(3000);
  expect(mended).toEqual(["hc-05"]);
});

it("leaves a request from before its start alone, and a file that is none", async () => {
  const controlled = createControlled(control, player, 5000);
  await control.request(request("old", 4999));
  await controlled.poll(6000);
  for (const text of ["{", "7", '{"id":"x","at":9000,"kind":"explode","site":"hc-05","speed":null}']) {
    await writeFile(join(folder, "scenario.json"), text);
    await controlled.poll(7000);
  }
  expect(playing).toEqual([]);
});
