// Who the embedded broker lets in and when it says that a device is there: with bytes that no client library would send.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openStand, own, ping, command, connackAccepted, state, telemetry } from "../support/broker-stand.ts";
import type { BrokerStand } from "../support/broker-stand.ts";
import { connectPacket, packet, publishPacket, subscribePacket } from "../support/raw-mqtt.ts";
import type { RawConnect } from "../support/raw-mqtt.ts";

let stand: BrokerStand;

beforeEach(async () => {
  stand = await openStand();
});

afterEach(async () => {
  await stand.close();
});

describe("a CONNECT", () => {
  it.each<[string, Partial<RawConnect>, string, string]>([
    ["an empty client id and a session to keep", { clientId: "", clean: false }, "02", 'CLIENT_BAD_NAME client id ""'],
    ["an empty client id in MQTT 3.1", { clientId: "", level: 3 }, "02", 'CLIENT_BAD_NAME client id ""'],
    ["NUL in its client id", { clientId: "a\u0000b" }, "02", 'CLIENT_BAD_NAME client id "a\\u0000b"'],
    ["a control character in its client id", { clientId: "a\u001fb" }, "02", 'CLIENT_BAD_NAME client id "a\\u001fb"'],
    [
      "invalid UTF-8 in its client id",
      { clientId: Buffer.from([0x61, 0xff]) },
      "02",
      'CLIENT_BAD_NAME client id "a\ufffd"',
    ],
    [
      "a client id of 257 characters",
      { clientId: "i".repeat(257) },
      "02",
      `CLIENT_BAD_NAME client id "${"i".repeat(80)}"`,
    ],
    [
      "NUL in its user name",
      { userName: "plant-a.gateway-1\u0000" },
      "04",
      'CLIENT_BAD_NAME user name "plant-a.gateway-1\\u0000"',
    ],
    [
      "invalid UTF-8 in its user name",
      { userName: Buffer.from([0xed, 0xa0, 0x80]) },
      "04",
      'CLIENT_BAD_NAME user name "\ufffd\ufffd\ufffd"',
    ],
    ["a wrong password", { password: "guess" }, "05", 'CLIENT_NOT_ALLOWED "plant-a.gateway-1"'],
    ["an unknown user", { userName: "__proto__" }, "05", 'CLIENT_NOT_ALLOWED "__proto__"'],
    ["an empty user name", { userName: "" }, "05", "CLIENT_NOT_ALLOWED no user name"],
    ["a will with QoS 3", { will: { topic: state, payload: "x", qos: 3 } }, "05", "CLIENT_NOT_ALLOWED will with QoS 3"],
    [
      "NUL in the topic of its will",
      { will: { topic: `${state}\u0000`, payload: "x", qos: 1 } },
      "05",
      `CLIENT_BAD_NAME will topic "${state}\\u0000"`,
    ],
    [
      "a will under the topic of another device",
      { will: { topic: "skyground/v1/plant-b/gateway-2/state", payload: "x", qos: 1 } },
      "05",
      'TOPIC_NOT_ALLOWED plant-a.gateway-1: will "skyground/v1/plant-b/gateway-2/state"',
    ],
    ["MQTT 5", { level: 5 }, "01", "CLIENT_NOT_ALLOWED MQTT 5: this broker speaks 3.1 and 3.1.1"],
  ])("with %s is refused", async (_, says, returnCode, refusal) => {
    const client = await stand.raw();
    client.send(own(says));
    await client.closed();
    expect(client.received()).toBe(`200200${returnCode}`);
    expect(stand.refusals).toEqual([refusal]);
    expect(stand.links).toEqual([]);
    expect(stand.broker.clients()).toBe(0);
  });

  it("without a user name is refused", async () => {
    const client = await stand.raw();
    client.send(connectPacket({ clientId: "c1" }));
    await client.closed();
    expect(client.received()).toBe("20020005");
    expect(stand.refusals).toEqual(["CLIENT_NOT_ALLOWED no user name"]);
  });

  it("is answered with server unavailable where the register cannot be read", async () => {
    await stand.restart({ authenticate: () => Promise.reject(new Error("disk")) });
    const client = await stand.raw();
    client.send(own());
    await client.closed();
    expect(client.received()).toBe("20020003");
  });

  it("with an empty client id and a clean session, or in MQTT 3.1, is welcome", async () => {
    await stand.connected({ clientId: "" });
    await stand.connected({ clientId: "a-client-id-of-more-than-23-characters", level: 3 });
    expect(stand.broker.clients()).toBe(2);
  });

  it("that does not come in time, or only by half, ends in a closed socket", async () => {
    const silent = await stand.raw();
    const half = await stand.raw();
    half.send(own().subarray(0, 9));
    await Promise.all([silent.closed(), half.closed()]);
    expect(silent.received() + half.received()).toBe("");
  });

  it("of more than 16 KiB is not read to its end", async () => {
    const client = await stand.raw();
    client.send(own({ will: { topic: state, payload: "x".repeat(17_000), qos: 1 } }));
    await client.closed();
    expect(client.received()).toBe("");
    expect(stand.refusals[0]).toMatch(/^MESSAGE_TOO_LARGE .*a packet of 17\d\d\d bytes$/);
  });

  it("with a client id that another device uses leaves that device alone", async () => {
    const first = await stand.connected({ clientId: "gateway" });
    const second = await stand.raw();
    second.send(connectPacket({ clientId: "gateway", userName: "plant-b.gateway-2", password: "secret-2" }));
    await second.atLeast(4);
    expect(second.received()).toBe(connackAccepted);
    await ping(first, 4);
    expect(stand.broker.clients()).toBe(2);
    expect(stand.links).toEqual(["plant-a.gateway-1 on: connected", "plant-b.gateway-2 on: connected"]);
  });

  it("of the same device with the same client id takes the connection over without the device going offline", async () => {
    const first = await stand.connected();
    await stand.connected();
    await first.closed();
    expect(stand.broker.clients()).toBe(1);
    expect(stand.links).toEqual(["plant-a.gateway-1 on: connected"]);
  });

  it("beyond the number of sockets is dropped and counted", async () => {
    await stand.restart({ maxClients: 1 });
    await stand.connected();
    const second = await stand.raw();
    await second.closed();
    expect(stand.refusals).toEqual(["OVERLOADED more than 1 connections"]);
  });
});

describe("bytes that are no MQTT", () => {
  it.each([
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["zeros", Buffer.alloc(64)],
    ["a length that never ends", Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ["an unknown protocol level", connectPacket({ clientId: "x", level: 9 })],
    ["a PUBLISH before CONNECT", publishPacket(telemetry, "x", { qos: 1 })],
  ])("(%s) end in a closed socket while the others go on", async (_, bytes) => {
    const good = await stand.connected();
    const bad = await stand.raw();
    bad.send(bytes);
    await bad.closed();
    await ping(good, 4);
    expect(stand.messages).toEqual([]);
  });
});

describe("a subscription", () => {
  it("is granted to the device's own commands only", async () => {
    const client = await stand.connected();
    client.send(subscribePacket(5, command, "#", "skyground/v1/+/+/telemetry", telemetry, "$SYS/#"));
    await client.atLeast(13);
    expect(client.received()).toBe(`${connackAccepted}900700050180808080`);
    expect(stand.refusals).toHaveLength(4);
    expect(stand.refusals[0]).toBe('TOPIC_NOT_ALLOWED plant-a.gateway-1: subscribe "#"');
  });
});

describe("an order", () => {
  it("reaches its device, also one that subscribes later, and is answered under the device's own topic", async () => {
    const client = await stand.connected();
    const said = (): string => Buffer.from(client.received(), "hex").toString("latin1");
    stand.broker.order(command, "first");
    stand.broker.order(command, "second");
    client.send(subscribePacket(5, command));
    // CONNACK, SUBACK, and one PUBLISH: the last one is retained.
    await vi.waitFor(() => expect(said()).toContain("second"));
    expect(said()).not.toContain("first");
    stand.broker.order(command, "third");
    await vi.waitFor(() => expect(said()).toContain("third"));
    client.send(publishPacket(`${command}/ack`, '{"id":1}', { qos: 1, id: 9 }));
    await vi.waitFor(() => expect(stand.messages).toHaveLength(1));
    expect(stand.messages[0]).toMatchObject({ topic: `${command}/ack` });
  });
});

describe("the last will", () => {
  it("is handed on when the device is lost, not when it says goodbye, and not when the broker stops", async () => {
    const will = { topic: state, payload: '{"online":false}', qos: 1 };
    const polite = await stand.connected({ will });
    polite.send(packet(0xe0));
    await polite.closed();
    const lost = await stand.connected({ will, clientId: "c2" });
    lost.close();
    await vi.waitFor(() => expect(stand.messages).toHaveLength(1));
    expect(stand.messages[0]).toMatchObject({ topic: state, device: "gateway-1" });
    await stand.connected({ will, clientId: "c3" });
    await stand.broker.stop();
    expect(stand.messages).toHaveLength(1);
    expect(stand.links.at(-1)).toBe("plant-a.gateway-1 off: the broker stops");
  });
});

describe("a link", () => {
  it("is on from the first connection of the device to its last", async () => {
    const first = await stand.connected({ clientId: "c1" });
    const second = await stand.connected({ clientId: "c2" });
    first.close();
    await ping(second, 4);
    expect(stand.links).toEqual(["plant-a.gateway-1 on: connected"]);
    second.close();
    await vi.waitFor(() => expect(stand.links).toHaveLength(2));
    expect(stand.links[1]).toBe("plant-a.gateway-1 off: the connection ended");
  });

  it("ends with a goodbye where the device says so", async () => {
    const client = await stand.connected();
    client.send(packet(0xe0, []));
    await client.closed();
    await vi.waitFor(() => expect(stand.links.at(-1)).toBe("plant-a.gateway-1 off: goodbye"));
  });

  it("ends when the keep-alive passes in silence", async () => {
    const client = await stand.connected({ keepaliveS: 1 });
    await client.closed();
    await vi.waitFor(() => expect(stand.links.at(-1)).toBe("plant-a.gateway-1 off: keep alive timeout"));
  });
});
