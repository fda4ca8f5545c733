// Broken MQTT by the thousand at the embedded broker: it stays, its memory stays, and the device beside loses nothing.
import { once } from "node:events";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStand, own, state, telemetry, type BrokerStand } from "../support/broker-stand.ts";
import { createRandom, fuzzRuns, fuzzSeed, mutate } from "../support/mutation.ts";
import { connectPacket, packet, publishPacket, pubrelPacket, subscribePacket } from "../support/raw-mqtt.ts";

const runs = fuzzRuns(20_000);
/** Few: the first that is not MQTT ends the connection, and with it those behind it. */
const perSocket = 4;
const socketsAtOnce = 20;
const mostGrowthBytes = 48 * 1024 * 1024;

/** Between two rounds: by then nobody counts as restless or as guessing, or the broker would not even listen. */
const roundMs = 600_000;

let stand: BrokerStand;
let at = 0;
beforeEach(async () => {
  stand = await openStand();
  await stand.restart({ now: () => at });
});
afterEach(() => stand.close());

/** The heap after a collection that was asked for. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

const samples: readonly Buffer[] = [
  own(),
  own({ clean: false, will: { topic: state, payload: '{"online":false}', qos: 1 } }),
  connectPacket({ clientId: "", userName: "plant-a.gateway-1", password: "wrong", level: 3 }),
  connectPacket({ clientId: "x", level: 5 }),
  publishPacket(telemetry, '{"values":{"T-1":1}}'),
  publishPacket(telemetry, '{"values":{"T-1":1}}', { qos: 1, id: 7 }),
  publishPacket(telemetry, '{"values":{"T-1":1}}', { qos: 2, id: 8, dup: true }),
  publishPacket(state, '{"online":true}', { qos: 1, id: 9, retain: true }),
  publishPacket("$SYS/broker/x", "y", { qos: 3, id: 0 }),
  pubrelPacket(8),
  subscribePacket(3, "skyground/v1/plant-a/gateway-1/command", "#", "+/+"),
  packet(0xa2, [0, 4], [0, 1, 0x23]),
  packet(0x40, [0, 7]),
  packet(0x50, [0, 8]),
  packet(0x70, [0, 8]),
  packet(0xc0),
  packet(0xe0),
  Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]),
  Buffer.from([0xf0, 0x80, 0x80, 0x80, 0x80, 0x01]),
];

it(`survives ${runs} broken packets, and its other device loses nothing`, async () => {
  const seed = fuzzSeed();
  const random = createRandom(seed);
  const neighbour = await stand.raw();
  const other = { clientId: "c2", userName: "plant-b.gateway-2", password: "secret-2" };
  neighbour.send(connectPacket(other));
  await neighbour.atLeast(4);
  let received = 4;
  let asked = 0;
  /** A message of the neighbour, acknowledged while the others break whatever they can. */
  const askNeighbour = async (): Promise<void> => {
    const id = (asked % 65_535) + 1;
    asked += 1;
    neighbour.send(publishPacket("skyground/v1/plant-b/gateway-2/telemetry", `{"seq":${asked}}`, { qos: 1, id }));
    received += 4;
    await neighbour.atLeast(received);
  };
  /** One connection: welcomed in half of the cases, then broken packets, then the end. */
  const attack = async (): Promise<void> => {
    const parts = Array.from({ length: perSocket }, () => mutate(samples, random));
    if (random.below(2) === 0) parts.unshift(own({ clientId: `f${random.below(50)}` }));
    const socket = connect(stand.broker.port(), "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    socket.resume();
    // Ended at once: what the broker makes of a half packet it has to make when the other side has gone.
    socket.end(Buffer.concat(parts));
    await closed;
  };

  let before = 0;
  for (let sent = 0; sent < runs; sent += perSocket * socketsAtOnce) {
    at += roundMs;
    await Promise.all([askNeighbour(), ...Array.from({ length: socketsAtOnce }, attack)]);
    // By then everything is warm: names are remembered, libraries have their pools.
    if (before === 0 && sent >= runs / 4) {
      stand.messages.splice(0);
      stand.refusals.splice(0);
      stand.links.splice(0);
      before = heapBytes();
    }
    const unheard = stand.refusals.filter((refusal) => /^(?:CLIENT_FLAPPING|TOO_MANY_ATTEMPTS)/u.test(refusal));
    expect(unheard, `seed ${seed}`).toEqual([]);
    stand.refusals.splice(0);
    stand.links.splice(0);
    const foreign = stand.messages.filter(({ site, topic }) => !topic.startsWith(`skyground/v1/${site}/`));
    expect(foreign, `seed ${seed}`).toEqual([]);
    stand.messages.splice(0);
  }
  expect(neighbour.received().length, `seed ${seed}`).toBe(received * 2);
  expect(heapBytes() - before, `seed ${seed}`).toBeLessThan(mostGrowthBytes);
  at += roundMs;
  const fresh = await stand.connected();
  fresh.close();
}, 600_000);
