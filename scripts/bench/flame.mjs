// A flame graph of a V8 CPU profile as SVG on standard output: node scripts/bench/flame.mjs FILE.cpuprofile [TITLE] > flame.svg
import { readFileSync } from "node:fs";

const [file, title = ""] = process.argv.slice(2);
if (file === undefined) {
  console.error("node scripts/bench/flame.mjs FILE.cpuprofile [TITLE] > flame.svg");
  process.exit(64);
}
const profile = JSON.parse(readFileSync(file, "utf8"));
const [width, row, left, top, deepest] = [1200, 18, 10, 40, 26];
/** Narrower than this nothing can be read, pixels. */
const narrowest = 1.5;
const characterWidth = 6.6;

const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
const own = new Map();
for (const [place, id] of profile.samples.entries()) own.set(id, (own.get(id) ?? 0) + profile.timeDeltas[place]);

const nameOf = ({ functionName, url }) => {
  // Never the folders of the machine that it was made on.
  const room = url.replace(/^.*\/(?:dist|node_modules|scripts)\//u, "").replace(/^node:|^file:.*\//u, "");
  return `${functionName === "" ? "(anonymous)" : functionName}${room === "" ? "" : ` ${room}`}`;
};

/** Frames of one name below one parent are one box, however often they stand there. */
function merged(ids) {
  const groups = new Map();
  for (const node of ids.map((id) => nodes.get(id))) {
    const name = nameOf(node.callFrame);
    const group = groups.get(name) ?? { name, own: 0, children: [] };
    group.own += own.get(node.id) ?? 0;
    group.children.push(...(node.children ?? []));
    groups.set(name, group);
  }
  return [...groups.values()].map(({ name, own: self, children }) => {
    const below = merged(children);
    return { name, below, time: self + below.reduce((sum, one) => sum + one.time, 0) };
  });
}

const boxes = merged(nodes.get(profile.nodes[0].id).children ?? []).filter(({ name }) => name !== "(idle)");
const total = boxes.reduce((sum, one) => sum + one.time, 0);
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const colourOf = (name) => {
  if (name.startsWith("(garbage")) return "#c9a0a0";
  if (/ server\/| contract\//u.test(name)) return "#8fb8d9";
  return / (?:aedes|mqtt-packet|mqtt|bl|readable-stream)\//u.test(name) ? "#d9c38f" : "#c4c8cc";
};

const lines = [];
let depth = 0;
function draw(level, from, all) {
  let x = from;
  for (const { name, time, below } of all.toSorted((a, b) => b.time - a.time)) {
    const size = (time / total) * width;
    if (size < narrowest || level > deepest) continue;
    depth = Math.max(depth, level);
    const y = top + level * row;
    const share = `${((time / total) * 100).toFixed(1)} %`;
    const shown = `${share} ${name}`.slice(0, Math.max(0, Math.floor((size - 4) / characterWidth)));
    lines.push(
      `<g><title>${escape(name)}: ${share}</title><rect x="${(left + x).toFixed(1)}" y="${y}" width="${(size - 0.5).toFixed(1)}" height="${row - 1}" fill="${colourOf(name)}"/>${shown.length > 3 ? `<text x="${(left + x + 2).toFixed(1)}" y="${y + 13}">${escape(shown)}</text>` : ""}</g>`,
    );
    draw(level + 1, x, below);
    x += size;
  }
}
draw(0, 0, boxes);
const height = top + (depth + 1) * row + 10;
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width + 2 * left}" height="${height}" font-family="monospace" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n<text x="${left}" y="22" font-size="14">${escape(title)} (busy time ${(total / 1e6).toFixed(1)} s; blue: ours, sand: MQTT, red: garbage collection)</text>\n${lines.join("\n")}\n</svg>\n`,
);
