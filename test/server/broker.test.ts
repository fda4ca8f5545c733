// The embedded broker and its acknowledgements, with the clients of others and byte by byte.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBroker } from "../../server/adapters/broker.ts";
import {
  openStand,
  options,
  gate,
  own,
  ping,
  textOf,
  connackAccepted,
  state,
  telemetry,
} from "../support/broker-stand.ts";
import type { BrokerStand } from "../support/broker-stand.ts";
import { mosquittoPub } from "../support/mosquitto.ts";
import { programAt, runProgram } from "../support/program.ts";
import { field, lengthOf, packet, publishPacket, pubrelPacket } from "../support/raw-mqtt.ts";

let stand: BrokerStand;

beforeEach(async () => {
  stand = await openStand();
});

afterEach(async () => {
  await stand.close();
});

describe("an acknowledgement", () => {
  it("of QoS 1 is sent after the message is written down and not before", async () => {
    const { wait, open } = gate();
    stand.answer = () => wait;
    const client = await stand.connected();
    client.send(publishPacket(telemetry, "one", { qos: 1, id: 7 }));
    await vi.waitFor(() => expect(stand.messages).toHaveLength(1));
    // The answer to a later PINGREQ overtakes the PUBACK that is still owed.
    await ping(client, 4);
    expect(client.received()).toBe(`${connackAccepted}d000`);
    open(true);
    await client.atLeast(10);
    expect(client.received()).toBe(`${connackAccepted}d00040020007`);
    expect(stand.messages[0]).toMatchObject({ topic: telemetry, site: "plant-a", device: "gateway-1" });
  });

  it("is not sent for a message that could not be written down; the connection is closed instead", async () => {
    stand.answer = () => Promise.resolve(false);
    const client = await stand.connected();
    client.send(publishPacket(telemetry, "one", { qos: 1 }));
    await client.closed();
    expect(client.received()).toBe(connackAccepted);
    await vi.waitFor(() => expect(stand.links.at(-1)).toBe("plant-a.gateway-1 off: not written down"));
  });

  it("is not sent where writing throws", async () => {
    stand.answer = () => Promise.reject(new Error("disk"));
    const client = await stand.connected();
    client.send(publishPacket(telemetry, "one", { qos: 1 }));
    await client.closed();
    expect(client.received()).toBe(connackAccepted);
  });

  it("of a neighbour in the same chunk does not wait", async () => {
    const { wait, open } = gate();
    stand.answer = (message) => (textOf(message) === "slow" ? wait : Promise.resolve(true));
    const client = await stand.connected();
    client.send(
      publishPacket(telemetry, "slow", { qos: 1, id: 1 }),
      publishPacket(telemetry, "fast", { qos: 1, id: 2 }),
    );
    await client.atLeast(8);
    expect(client.received()).toBe(`${connackAccepted}40020002`);
    open(true);
    await client.atLeast(12);
    expect(client.received()).toBe(`${connackAccepted}4002000240020001`);
  });

  it("of QoS 2 is sent after the message is written down, once, also when it comes again", async () => {
    const { wait, open } = gate();
    stand.answer = () => wait;
    const client = await stand.connected({ clean: false });
    client.send(publishPacket(telemetry, "two", { qos: 2, id: 9 }));
    await vi.waitFor(() => expect(stand.messages).toHaveLength(1));
    client.send(publishPacket(telemetry, "two", { qos: 2, id: 9, dup: true }));
    await ping(client, 4);
    open(true);
    await client.atLeast(14);
    expect(client.received()).toBe(`${connackAccepted}d0005002000950020009`);
    client.close();
    await vi.waitFor(() => expect(stand.links.at(-1)).toContain("off"));
    // The PUBREC is lost with the connection, so the client sends the message again.
    const again = await stand.connected({ clean: false });
    again.send(publishPacket(telemetry, "two", { qos: 2, id: 9, dup: true }));
    await again.atLeast(8);
    again.send(pubrelPacket(9));
    await again.atLeast(12);
    expect(again.received()).toBe(`${connackAccepted}5002000970020009`);
    expect(stand.messages).toHaveLength(1);
    // After PUBREL the number is free for another message.
    again.send(publishPacket(telemetry, "three", { qos: 2, id: 9 }));
    await again.atLeast(16);
    expect(stand.messages.map(textOf)).toEqual(["two", "three"]);
  });

  it("of QoS 2 is not sent for a message that could not be written down, and the next try is written", async () => {
    stand.answer = () => Promise.resolve(false);
    const client = await stand.connected({ clean: false });
    client.send(publishPacket(telemetry, "two", { qos: 2, id: 9 }));
    await client.closed();
    expect(client.received()).toBe(connackAccepted);
    stand.answer = () => Promise.resolve(true);
    const again = await stand.connected({ clean: false });
    again.send(publishPacket(telemetry, "two", { qos: 2, id: 9, dup: true }));
    await again.atLeast(8);
    expect(again.received()).toBe(`${connackAccepted}50020009`);
    expect(stand.messages.map(textOf)).toEqual(["two", "two"]);
  });
});

describe("a session that outlives its connection", () => {
  it("is forgotten when its device has begun eight others", async () => {
    const say = async (clientId: string, dup: boolean): Promise<void> => {
      const client = await stand.connected({ clientId, clean: false });
      client.send(publishPacket(telemetry, clientId, { qos: 2, id: 1, dup }));
      await client.atLeast(8);
      client.close();
    };
    for (let i = 0; i < 8; i++) await say(`c${i}`, false);
    await say("c0", true);
    expect(stand.messages).toHaveLength(8);
    // c0 was used last, so the ninth one costs c1 its place.
    await say("c8", false);
    await say("c0", true);
    expect(stand.messages).toHaveLength(9);
    await say("c1", true);
    expect(stand.messages).toHaveLength(10);
  });
});

describe("a message", () => {
  it("of QoS 0 is handed on, and the connection outlives one that could not be written down", async () => {
    stand.answer = (message) => Promise.resolve(textOf(message) !== "lost");
    const client = await stand.connected();
    client.send(publishPacket(telemetry, "lost"), publishPacket(state, '{"online":true}', { retain: true }));
    await vi.waitFor(() => expect(stand.messages).toHaveLength(2));
    await ping(client, 4);
    expect(stand.messages.map((message) => message.topic)).toEqual([telemetry, state]);
    expect(stand.refusals).toEqual([`JOURNAL_UNAVAILABLE ${telemetry}`]);
  });

  it("sent behind CONNECT without waiting for its answer is not lost", async () => {
    const client = await stand.raw();
    const many = Array.from({ length: 300 }, (_, i) => publishPacket(telemetry, String(i), { qos: 1, id: i + 1 }));
    client.send(own(), ...many);
    await client.atLeast(4 + 300 * 4);
    expect(stand.messages.map(textOf)).toEqual(many.map((_, i) => String(i)));
  });

  it("under a topic of another device, of another kind or of no device closes the connection without an acknowledgement", async () => {
    for (const topic of [
      "skyground/v1/plant-b/gateway-2/telemetry",
      "skyground/v1/plant-a/gateway-2/telemetry",
      "skyground/v1/plant-a/gateway-1/command",
      "skyground/v1/plant-a/gateway-1/telemetry/x",
      "skyground/v1/plant-a/gateway-1/Telemetry",
      "/skyground/v1/plant-a/gateway-1/telemetry",
      "$SYS/x",
    ]) {
      stand.refusals = [];
      const client = await stand.connected();
      client.send(publishPacket(topic, "x", { qos: 1 }));
      await client.closed();
      expect(client.received()).toBe(connackAccepted);
      expect(stand.refusals).toEqual([`TOPIC_NOT_ALLOWED plant-a.gateway-1: "${topic}"`]);
    }
    expect(stand.messages).toEqual([]);
  });

  it.each([
    ["NUL", Buffer.from(`${telemetry}\u0000`)],
    ["a control character", Buffer.from(`${telemetry}\u0007`)],
    ["invalid UTF-8", Buffer.concat([Buffer.from(telemetry), Buffer.from([0xc0, 0xaf])])],
  ])("with %s in its topic closes the connection and is counted", async (_, topic) => {
    const client = await stand.connected();
    client.send(publishPacket(topic, "x", { qos: 1 }));
    await client.closed();
    expect(client.received()).toBe(connackAccepted);
    expect(stand.refusals[0]).toMatch(/^CLIENT_BAD_NAME plant-a.gateway-1: "skyground/);
    expect(stand.messages).toEqual([]);
  });

  it("with the packet id 0 closes the connection", async () => {
    for (const qos of [1, 2]) {
      const client = await stand.connected();
      client.send(publishPacket(telemetry, "x", { qos, id: 0 }));
      await client.closed();
    }
    expect(stand.messages).toEqual([]);
  });

  it("between 256 KiB and 1 MiB is handed on whole, to be refused and acknowledged", async () => {
    const client = await stand.connected();
    client.send(publishPacket(telemetry, Buffer.alloc(1_000_000, 0x41), { qos: 1, id: 3 }));
    await client.atLeast(8);
    expect(stand.messages[0]?.payload.byteLength).toBe(1_000_000);
  });

  it("announced as larger than 1 MiB closes the socket before it has come, and is counted", async () => {
    const client = await stand.connected();
    const header = Buffer.concat([Buffer.from([0x32]), lengthOf(10_000_000), field(telemetry)]);
    // The last neighbour in the same chunk and half a header are told apart byte by byte.
    client.send(packet(0xc0));
    await client.atLeast(6);
    client.send(header.subarray(0, 3));
    client.send(header.subarray(3));
    await client.closed();
    expect(stand.refusals).toEqual(["MESSAGE_TOO_LARGE plant-a.gateway-1: a packet of 10000000 bytes"]);
    await vi.waitFor(() => expect(stand.links.at(-1)).toBe("plant-a.gateway-1 off: packet too large"));
    expect(stand.messages).toEqual([]);
  });

  it("stays in the socket while 1,000 of its connection are being written down", async () => {
    const { wait, open } = gate();
    let arrived: () => void = () => undefined;
    stand.answer = () => {
      arrived();
      return wait;
    };
    const client = await stand.connected();
    // One by one, each in a chunk of its own: that is how aedes would take in more and more without an end.
    for (let id = 1; id <= 1000; id++) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
        client.send(publishPacket(telemetry, "x", { qos: 1, id }));
      });
    }
    for (let id = 1001; id <= 1200; id++) client.send(publishPacket(telemetry, "x", { qos: 1, id }));
    await ping(await stand.connected({ clientId: "c2" }), 4);
    expect(stand.messages).toHaveLength(1000);
    open(true);
    await client.atLeast(4 + 1200 * 4);
    expect(stand.messages).toHaveLength(1200);
  });
});

describe("the clients of others", () => {
  const credentials = ["-u", "plant-a.gateway-1", "-P", "secret-1"];

  it.each(["0", "1", "2"])("mosquitto_pub publishes with QoS %s", async (qos) => {
    const { code, stderr } = await mosquittoPub(stand.broker.port(), [
      ...credentials,
      "-t",
      telemetry,
      "-q",
      qos,
      "-m",
      '{"values":{"A":1}}',
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    await vi.waitFor(() => expect(stand.messages.map(textOf)).toEqual(['{"values":{"A":1}}']));
  });

  it("mosquitto_pub publishes many lines of one connection, in order, by MQTT 3.1 too", async () => {
    const { code } = await mosquittoPub(stand.broker.port(), [
      ...credentials,
      "-V",
      "mqttv31",
      "-t",
      telemetry,
      "-q",
      "1",
      "--repeat",
      "500",
      "-m",
      "x",
    ]);
    expect(code).toBe(0);
    expect(stand.messages).toHaveLength(500);
  });

  it("mosquitto_pub learns that its password is wrong, that MQTT 5 is not spoken, and gets no acknowledgement for a foreign topic", async () => {
    const wrong = await mosquittoPub(stand.broker.port(), [
      "-u",
      "plant-a.gateway-1",
      "-P",
      "no",
      "-t",
      telemetry,
      "-q",
      "1",
      "-m",
      "x",
    ]);
    expect([wrong.code, wrong.stderr.trim().split("\n")[0]]).toEqual([
      5,
      "Connection error: Connection Refused: not authorised.",
    ]);
    const five = await mosquittoPub(stand.broker.port(), [...credentials, "-V", "mqttv5", "-t", telemetry, "-m", "x"]);
    expect(five.code).not.toBe(0);
    const foreign = await mosquittoPub(
      stand.broker.port(),
      [...credentials, "-t", "skyground/v1/plant-b/gateway-2/telemetry", "-q", "1", "-m", "x"],
      1_500,
    );
    expect(foreign.code).not.toBe(0);
    expect(stand.messages).toEqual([]);
    expect(stand.refusals.map((refusal) => refusal.split(" ")[0])).toEqual(
      expect.arrayContaining(["CLIENT_NOT_ALLOWED", "TOPIC_NOT_ALLOWED"]),
    );
  });

  it("paho publishes with QoS 1 and learns of each acknowledgement", async () => {
    const { wait, open } = gate();
    stand.answer = async (message) => (textOf(message) === "0" ? wait : true);
    const script = `
import paho.mqtt.client as mqtt, sys
client = mqtt.Client("paho-test", clean_session=False)
client.username_pw_set("plant-a.gateway-1", "secret-1")
client.connect("127.0.0.1", ${stand.broker.port()}, 30)
client.loop_start()
first = client.publish("${telemetry}", "0", qos=1)
first.wait_for_publish(0.3)
print("early" if first.is_published() else "waits", flush=True)
rest = [client.publish("${telemetry}", str(i), qos=i % 3) for i in range(1, 200)]
for info in [first, *rest]:
    info.wait_for_publish(10)
print(sum(info.is_published() for info in [first, *rest]))
client.disconnect()
`;
    programAt("/usr/lib/python3/dist-packages/paho", "python3-paho-mqtt");
    const done = runProgram(programAt("/usr/bin/python3", "python3"), ["-c", script], 20_000);
    // The first one is let through as soon as the others show that the client went on without its PUBACK.
    await vi.waitFor(() => expect(stand.messages.length).toBeGreaterThan(1), 10_000);
    open(true);
    const { stdout, stderr } = await done;
    expect(stderr).toBe("");
    expect(stdout).toBe("waits\n200\n");
    expect(
      stand.messages
        .map(textOf)
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 200 }, (_, i) => i));
  }, 30_000);
});

describe("the broker", () => {
  it("says which address it cannot listen on", async () => {
    const second = createBroker({ ...options(), port: stand.broker.port() });
    await expect(second.start()).rejects.toThrow(`listen for MQTT on 127.0.0.1:${stand.broker.port()}`);
    await second.stop();
  });

  it("stops with clients, half-open sockets and messages in work", async () => {
    const { wait, open } = gate();
    stand.answer = () => wait;
    const client = await stand.connected();
    const half = await stand.raw();
    client.send(publishPacket(telemetry, "one", { qos: 1 }));
    await vi.waitFor(() => expect(stand.messages).toHaveLength(1));
    await Promise.all([stand.broker.stop(), client.closed(), half.closed()]);
    open(true);
    await wait;
    expect(client.received()).toBe(connackAccepted);
    expect(stand.broker.clients()).toBe(0);
  });
});
