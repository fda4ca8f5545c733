// The plant that a load is played on: sites of one gateway each, every point with four levels, and their credentials.
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Every tenth code makes an item of its own, so that a roll-up has something to roll up. */
const pointsPerItem = 10;
/** The site whose points are let cross their limits on purpose; no load is played on it. */
export const probeSite = "probe";

/** The points of one played device; what sends and what receives agree on them by this rule alone. */
export function codesOf(count) {
  return Array.from({ length: count }, (_, index) => `P-${String(index + 1).padStart(2, "0")}`);
}

/** The devices that together have so many points: one of each site. */
export function devicesOf(points, pointsPerDevice) {
  return Array.from({ length: Math.ceil(points / pointsPerDevice) }, (_, index) => `load-${index + 1}/gw-1`);
}

// Never silent: at low rates a point's turn comes once in minutes, and the subject here is the load.
const pack = `sector: load
name: { zh: 负载测试, en: Load test }
outline: square
rollup: { site: worstOf, item: worstOf }
kinds:
  value:
    name: { zh: 测试值, en: Test value }
    unit: "%"
    decimals: 2
    resolution: 0.01
    range: { sensor: [0, 110], operator: [0, 100] }
    report: { everyMs: 1000 }
    silentAfterMs: 86400000
    rules:
      high:
        blue: { setpoint: 60, deadband: 2, provenance: product-default load test }
        yellow: { setpoint: 70, deadband: 2, provenance: product-default load test }
        orange: { setpoint: 80, deadband: 2, provenance: product-default load test }
        red: { setpoint: 90, deadband: 2, provenance: product-default load test }
`;

function siteYaml(id, codes) {
  const points = codes.map(
    (code, index) => `      - { code: ${code}, kind: value, item: item_${Math.floor(index / pointsPerItem) + 1} }\n`,
  );
  return `  - id: ${id}\n    name: ${id}\n    sector: load\n    points:\n${points.join("")}`;
}

/** Writes a configuration for `npm run serve`. */
export function writeConfig(configDir, { points, pointsPerDevice, probePoints = 0 }) {
  mkdirSync(join(configDir, "plant"), { recursive: true });
  mkdirSync(join(configDir, "packs"), { recursive: true });
  writeFileSync(join(configDir, "packs", "load.yaml"), pack);
  const codes = codesOf(pointsPerDevice);
  const sites = devicesOf(points, pointsPerDevice).map((device) => siteYaml(device.split("/")[0], codes));
  if (probePoints > 0) sites.push(siteYaml(probeSite, codesOf(probePoints)));
  const city = `city: { id: "441500", name: { zh: 汕尾市, en: Shanwei } }\n`;
  writeFileSync(join(configDir, "plant", "load.yaml"), `${city}sites:\n${sites.join("")}`);
}

/** Enters devices and people straight into a register; returns their secrets. */
export async function writeRegister(dataDir, devices, people = []) {
  const { createRegister } = await import("../../dist/server/adapters/register.js");
  mkdirSync(dataDir, { recursive: true });
  const register = createRegister({ file: join(dataDir, "register.db"), now: Date.now, random: randomBytes });
  const credentials = { people: {}, devices: {} };
  for (const name of devices) {
    const [site, device] = name.split("/");
    const renewed = register.renewDevice(site, device);
    if (!renewed.ok) throw new Error(`${name}: ${renewed.fault}`);
    credentials.devices[name] = renewed.secret;
    // A load is meant to be faster than any device may be.
    register.editDevice({ site, device, dialect: "native", options: {}, names: {}, maxPerSecond: 100_000 });
  }
  for (const person of people) {
    const added = await register.addPerson(person);
    if (!added.ok) throw new Error(`${person.name}: ${added.fault}`);
    credentials.people[person.name] = added.password;
  }
  register.close();
  return credentials;
}
