// `npm run pictures`: brings each state about on a server of its own, and takes a picture of every screen in it.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startCamera } from "./pictures/camera.mjs";
import { emptyScreens, screens } from "./pictures/screens.mjs";
import { killAll, root, startStand } from "./pictures/stand.mjs";
import { bandOf, writeConfig } from "./soak/plant.mjs";

const usage = `npm run pictures -- [--states normal,alarm,...] [--screens s1,s2,...]
    writes test-results/pictures/<screen>-<state>-<language>-<size>.png; build first (npm run build)`;
const states = ["normal", "alarm", "stale", "disconnected", "flood", "empty"];
const folder = join(root, "test-results", "pictures");
/** All of it takes about five minutes; a machine that takes longer than this is stuck, and not only busy with something else. */
const endWithinMs = 1_800_000;
/** How many pages are open at once. */
const hands = 3;

const allLooks = [
  { lang: "zh", size: [1920, 1080] },
  { lang: "en", size: [1920, 1080] },
  { lang: "zh", size: [3840, 2160] },
];
const oneLook = allLooks.slice(0, 1);

/** The simulators have told every value once, and some of them often enough for a trend. */
const warmUpMs = 25_000;
const alarmMs = 6000;
/** Longer than any point of a chemical site may be silent, and shorter than the broker's patience. */
const silenceMs = 45_000;
/** The wall says that it is disconnected after 10 s. */
const lostMs = 13_000;
const floodAlarms = 200;
const floodSteps = 20;
const floodMs = 10_000;

const say = (line) => process.stderr.write(`${line}\n`);

function read() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { states: text, screens: text, help: { type: "boolean" } } });
  const wanted = (given, all) => (given === undefined ? all : all.filter((one) => given.split(",").includes(one)));
  return {
    isHelp: values.help === true,
    states: wanted(values.states, states),
    screens: wanted(
      values.screens,
      screens.map(({ name }) => name),
    ),
  };
}

/** Every screen's shots in a state: its own size has no other. */
function shotsOf(list, looks, wanted) {
  return list
    .filter(({ name }) => wanted.includes(name))
    .flatMap((screen) =>
      looks
        .filter(({ size }) => !screen.hasOwnSize || size[0] === 1920)
        .map(({ lang, size }) => ({ screen, lang, size: screen.hasOwnSize ? screen.size : size })),
    );
}

const nameOf = ({ screen, lang, size }, state) => `${screen.name}-${state}-${lang}-${size.join("x")}`;

/** Does something to every item, a few of them at a time. */
async function each(items, act) {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: hands }, work));
}

/** Says how far a state is: the count, and what was taken last. */
function counter(state, shots) {
  let count = 0;
  say(`${state}: ${shots.length} pictures`);
  return (shot) => say(`  ${(count += 1)}/${shots.length} ${nameOf(shot, state)}`);
}

async function picture(camera, stand, { state, shots }) {
  const told = counter(state, shots);
  await each(shots, async (shot) => {
    const page = await camera.open(stand, shot.screen, shot);
    await camera.take(page, nameOf(shot, state));
    await page.close();
    told(shot);
  });
}

/** The demo's day: calm, then a red gas reading, then silent instruments, then no server. */
async function demoDay(camera, wanted) {
  const stand = await startStand();
  const shots = (looks) => shotsOf(screens, looks, wanted.screens);
  const isWanted = (state) => wanted.states.includes(state);
  let leak;
  try {
    stand.startSimulators();
    await wait(warmUpMs);
    if (isWanted("normal")) await picture(camera, stand, { state: "normal", shots: shots(allLooks) });
    leak = setInterval(() => void stand.send("hc-03/try-1", { "GD-901": 80 }), 1000);
    await wait(alarmMs);
    if (isWanted("alarm")) await picture(camera, stand, { state: "alarm", shots: shots(allLooks) });
    clearInterval(leak);
    if (!isWanted("stale") && !isWanted("disconnected")) return;
    stand.freezeSimulators();
    if (isWanted("stale")) await wait(silenceMs);
    if (isWanted("stale")) await picture(camera, stand, { state: "stale", shots: shots(oneLook) });
    if (isWanted("disconnected")) await lose(camera, stand, shots(oneLook));
  } finally {
    clearInterval(leak);
    await stand.stop();
  }
}

/** The server goes under pages that are open. */
async function lose(camera, stand, shots) {
  const told = counter("disconnected", shots);
  const open = [];
  await each(shots, async (shot) => open.push({ shot, page: await camera.open(stand, shot.screen, shot) }));
  await stand.killServer();
  await wait(lostMs);
  for (const { shot, page } of open) {
    await camera.take(page, nameOf(shot, "disconnected"));
    await page.close();
    told(shot);
  }
}

/** Two hundred points go to their worst in ten seconds, on a plant that is four times the demo's. */
async function flood(camera, wanted, scratch) {
  const configDir = join(scratch, "flood");
  writeConfig(join(root, "config"), configDir, 768);
  const stand = await startStand(configDir);
  try {
    const plan = await stand.plan();
    // What the device on trial says reaches nobody.
    const heard = plan.points.filter(({ device }) => device !== "hc-03/try-2");
    const send = async (points, valueOf) => {
      for (const device of new Set(points.map((point) => point.device))) {
        const own = points.filter((point) => point.device === device);
        await stand.send(device, Object.fromEntries(own.map((point) => [point.code, valueOf(point)])));
      }
    };
    const worst = (point) => bandOf(point).worst;
    await send(heard, (point) => Number(bandOf(point).middle.toFixed(point.decimals)));
    const flooded = heard
      .filter((point) => worst(point) !== null && /^gas|tank_level|pond_level/u.test(point.kind))
      .slice(0, floodAlarms);
    for (let step = 0; step < floodSteps; step += 1) {
      await send(
        flooded.filter((_, place) => place % floodSteps === step),
        worst,
      );
      await wait(floodMs / floodSteps);
    }
    // Some reds want two samples in a row.
    await send(flooded, worst);
    await picture(camera, stand, { state: "flood", shots: shotsOf(screens, oneLook, wanted.screens) });
  } finally {
    await stand.stop();
  }
}

/** A store that has seen nothing, on the smallest plant. */
async function empty(camera, wanted, scratch) {
  const configDir = join(scratch, "empty");
  cpSync(join(root, "docs/example"), configDir, { recursive: true });
  const stand = await startStand(configDir);
  try {
    await picture(camera, stand, { state: "empty", shots: shotsOf(emptyScreens, oneLook, wanted.screens) });
  } finally {
    await stand.stop();
  }
}

async function main() {
  const wanted = read();
  if (wanted.isHelp) return console.log(usage);
  const late = setTimeout(() => {
    console.error(`not within ${endWithinMs / 1000} s`);
    killAll();
    process.exit(1);
  }, endWithinMs);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "skyground-pictures-plan-"));
  const camera = await startCamera(folder);
  try {
    if (wanted.states.some((state) => states.indexOf(state) < 4)) await demoDay(camera, wanted);
    if (wanted.states.includes("flood")) await flood(camera, wanted, scratch);
    if (wanted.states.includes("empty")) await empty(camera, wanted, scratch);
  } finally {
    clearTimeout(late);
    await camera.stop();
    rmSync(scratch, { recursive: true, force: true });
    for (const path of camera.taken().toSorted((a, b) => a.localeCompare(b))) console.log(relative(root, path));
    say(`${camera.taken().length} pictures`);
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });
}
main().catch((error) => {
  console.error(`the pictures could not be taken: ${error.message}`);
  killAll();
  process.exitCode = 1;
});
