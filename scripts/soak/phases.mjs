// What the soak does with the wall: each screen for its time, the marks of the heap, the switches, and their budgets (wall.md §9, §13).

/** The budgets: of a main thread, one task, what is held, and what screen switches may leave behind. */
const budgets = { busyPercent: 25, taskMs: 100, spreadMb: 3, heapMb: 150, nodes: 6000, leftPercent: 5 };
/** The overview's heap is taken after these parts of its time: at 2, 6 and 10 of 10 minutes. */
const marks = [0.2, 0.6, 1];
const minuteMs = 60_000;
const screens = { overview: "/wall/s1", alarms: "/alarms", site: "/site/hc-01", pond: "/site/tp-01" };
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percent = (share) => `${(share * 100).toFixed(1)} %`;
const mb = (value) => `${value.toFixed(1)} MB`;

/** Leaves a screen alone for its time, and sums what its main thread did, a minute at a time. */
async function watch({ wall, say }, name, seconds) {
  const shares = [];
  const sum = { seconds: 0, busy: 0, script: 0, cpu: 0 };
  await wall.longTasks();
  for (let left = seconds * 1000; left > 0; left -= minuteMs) {
    const before = await wall.counters();
    await rest(Math.min(left, minuteMs));
    const after = await wall.counters();
    const during = (key) => after[key] - before[key];
    shares.push(during("TaskDuration") / during("Timestamp"));
    sum.seconds += during("Timestamp");
    sum.busy += during("TaskDuration");
    sum.script += during("ScriptDuration");
    sum.cpu += during("ThreadTime");
    say(`  ${name}: main thread ${percent(shares.at(-1))}`);
  }
  return { ...sum, worst: Math.max(...shares), tasks: await wall.longTasks() };
}

const add = (a, b) => ({
  seconds: a.seconds + b.seconds,
  busy: a.busy + b.busy,
  script: a.script + b.script,
  cpu: a.cpu + b.cpu,
  worst: Math.max(a.worst, b.worst),
  tasks: [...a.tasks, ...b.tasks],
});

function busyRow(name, { seconds, busy, script, cpu, worst }) {
  const figure = `${percent(busy / seconds)}, worst minute ${percent(worst)} (script ${percent(script / seconds)}, CPU ${percent(cpu / seconds)})`;
  const budget = `< ${budgets.busyPercent} % over any minute`;
  return {
    what: `${name}: main thread`,
    figure,
    value: worst * 100,
    budget,
    isWithin: worst * 100 < budgets.busyPercent,
  };
}

function taskRow(name, tasks) {
  const longest = Math.max(0, ...tasks);
  const over = tasks.filter((ms) => ms > budgets.taskMs).length;
  const figure = `${over} over ${budgets.taskMs} ms, ${tasks.length} over 50 ms, longest ${longest.toFixed(0)} ms`;
  return {
    what: `${name}: long tasks`,
    figure,
    value: over,
    budget: `none over ${budgets.taskMs} ms`,
    isWithin: over === 0,
  };
}

function freshRow(name, { lamp, shown, fresh }) {
  const figure = `${fresh} of ${shown} shown, link ${lamp}`;
  // Nothing that says how fresh it is: nothing that could be judged.
  const judged =
    shown === 0 ? { budget: null, isWithin: null } : { budget: "all", isWithin: fresh === shown && lamp === "live" };
  return { what: `${name}: fresh numbers`, figure, value: fresh, ...judged };
}

async function overview(run) {
  const { wall, seconds, say, short } = run;
  const held = [];
  let sum = { seconds: 0, busy: 0, script: 0, cpu: 0, worst: 0, tasks: [] };
  for (const [place, part] of marks.entries()) {
    sum = add(sum, await watch(run, "overview", seconds * (part - (marks[place - 1] ?? 0))));
    held.push({ at: seconds * part, ...(await wall.held()) });
    say(`  held after ${Math.round(seconds * part)} s: ${mb(held.at(-1).heapMb)}, ${held.at(-1).nodes} nodes`);
  }
  const heaps = held.map(({ heapMb }) => heapMb);
  const spread = Math.max(...heaps) - Math.min(...heaps);
  const { nodes, listeners } = held.at(-1);
  const frames = await wall.framesPerSecond(short ? 1 : 10);
  return [
    busyRow("overview", sum),
    taskRow("overview", sum.tasks),
    {
      what: "overview: heap after GC",
      figure: held.map(({ at, heapMb }) => `${mb(heapMb)} at ${Math.round(at)} s`).join(", "),
      value: Math.max(...heaps),
      budget: `< ${budgets.heapMb} MB`,
      isWithin: Math.max(...heaps) < budgets.heapMb,
    },
    {
      what: "overview: heap spread",
      figure: mb(spread),
      value: spread,
      budget: `≤ ${budgets.spreadMb} MB`,
      isWithin: spread <= budgets.spreadMb,
    },
    {
      what: "overview: DOM nodes",
      figure: String(nodes),
      value: nodes,
      budget: `< ${budgets.nodes}`,
      isWithin: nodes < budgets.nodes,
    },
    { what: "overview: listeners", figure: String(listeners), value: listeners, budget: null, isWithin: null },
    { what: "overview: frames painted", figure: `${frames.toFixed(1)}/s`, value: frames, budget: null, isWithin: null },
    freshRow("overview", await wall.freshness()),
  ];
}

/** Another screen for its time. */
async function screen(run, name) {
  await run.wall.aside(() => run.wall.goTo(screens[name]));
  await rest(run.short ? 1000 : 5000);
  const sum = await watch(run, name, run.short ? 2 : Math.max(10, run.seconds / 10));
  return [busyRow(name, sum), taskRow(name, sum.tasks), freshRow(name, await run.wall.freshness())];
}

/** Round all screens, as a wall does for weeks; what is held afterwards is compared with what was held before. */
async function switches({ wall, short, say }) {
  const paths = Object.values(screens);
  const count = short ? 12 : 200;
  const turn = async (times) => {
    for (let nth = 1; nth <= times; nth += 1) {
      await wall.goTo(paths[nth % paths.length]);
      await rest(50);
    }
  };
  async function look() {
    await rest(short ? 500 : 5000);
    // First what is held: a snapshot makes objects of its own.
    const held = await wall.held();
    return { ...held, ownMb: await wall.own() };
  }
  // A screen that was seen twice is not warm: for some 400 switches V8 still compiles what it finds hot, and its code
  // lies in the heap (+ 3 MB in the first 200, nothing in the third).
  await wall.aside(() => turn(2 * count));
  const before = await look();
  await wall.aside(() => turn(count));
  const after = await look();
  say(`  ${count} switches: ${mb(before.heapMb)} → ${mb(after.heapMb)}, ${before.nodes} → ${after.nodes} nodes`);
  const row = (what, key, show) => {
    const left = (after[key] / before[key] - 1) * 100;
    const figure = `${show(before[key])} → ${show(after[key])} (${left >= 0 ? "+" : "−"}${Math.abs(left).toFixed(1)} %)`;
    return {
      what: `${count} switches: ${what}`,
      figure,
      value: left,
      budget: `± ${budgets.leftPercent} %`,
      isWithin: Math.abs(left) <= budgets.leftPercent,
    };
  };
  return [
    row("heap", "heapMb", mb),
    row("of it the page's own objects", "ownMb", (value) => `${value.toFixed(2)} MB`),
    row("DOM nodes", "nodes", String),
    row("listeners", "listeners", String),
  ];
}

/** The whole soak; the figures with their budgets. */
export async function measure(run) {
  const { wall, stand, seconds, rate, short, say } = run;
  say("warming up ...");
  await rest(short ? 4000 : 60_000);
  const [startedAt, acknowledged] = [performance.now(), stand.acknowledged()];
  const rows = await overview(run);
  for (const name of ["alarms", "site", "pond"]) rows.push(...(await screen(run, name)));
  rows.push(...(await switches(run)));
  const perSecond = ((stand.acknowledged() - acknowledged) / (performance.now() - startedAt)) * 1000;
  rows.push({
    what: "values acknowledged",
    figure: `${Math.round(perSecond)}/s`,
    value: perSecond,
    budget: `${rate}/s`,
    isWithin: perSecond >= rate * 0.95,
  });
  if (wall.faults.length > 0) throw new Error(`the page: ${wall.faults.join("; ")}`);
  return { rows, screens: Object.keys(screens), seconds, rate, points: stand.plan.points.length, isShort: short };
}
