// MQTT 3.1.1 of a played device, encoded once: a telemetry message is the same bytes with time, number and values changed in place.
import { Buffer } from "node:buffer";

const publishHeads = [0x30, 0x32];

/** DISCONNECT: a device that leaves without it has died. */
export const goodbye = Buffer.from([0xe0, 0x00]);
/** PINGREQ. */
export const ping = Buffer.from([0xc0, 0x00]);

/** CONNECT with a clean session. */
export function connectPacket({ clientId, userName, password, keepAliveS }) {
  const head = Buffer.concat([field("MQTT"), Buffer.from([4, 0xc2, keepAliveS >> 8, keepAliveS & 0xff])]);
  return packet(0x10, Buffer.concat([head, field(clientId), field(userName), field(password)]));
}

/** PUBLISH with QoS 1 of any payload. */
export function publishPacket(topic, payload, packetId) {
  const id = Buffer.from([packetId >> 8, packetId & 0xff]);
  return packet(publishHeads[1], Buffer.concat([field(topic), id, Buffer.from(payload)]));
}

/** The places in one message that change, and its bytes. Every number has a fixed width, so that nothing ever moves. */
export function createTelemetry({ topic, codes, qos, random }) {
  const payload = `{"ts":1000000000000,"seq":1000000000,"values":{${codes.map((code) => `"${code}":10.00`).join(",")}}}`;
  const bytes = packet(
    publishHeads[qos],
    Buffer.concat([field(topic), Buffer.alloc(qos === 1 ? 2 : 0), Buffer.from(payload)]),
  );
  const start = bytes.length - payload.length;
  const idAt = start - 2;
  const timeAt = start + payload.indexOf("1000000000000");
  const sequenceAt = start + payload.indexOf('"seq":') + '"seq":'.length;
  const valueAt = codes.map((code) => start + payload.indexOf(`"${code}":`) + code.length + 3);
  const values = codes.map(() => lowest + Math.floor(random() * (highest - lowest)));
  let lastAt = 0;
  return {
    bytes,
    /** A new time, later than the last one as the format asks for, and the next step of every value's random walk. */
    stamp({ at, sequence, packetId }) {
      lastAt = Math.max(at, lastAt + 1);
      writeInstant(bytes, timeAt, lastAt);
      writeDigits(bytes, sequenceAt, sequence, 10);
      if (qos === 1) bytes.writeUInt16BE(packetId, idAt);
      for (let index = 0; index < values.length; index += 1) {
        const value = step(values[index], random);
        values[index] = value;
        writeHundredths(bytes, valueAt[index], value);
      }
    },
  };
}

// In hundredths, always two digits before the point; the plant made for the load has its lowest limit at 60.
const lowest = 1000;
const highest = 5500;

function step(value, random) {
  const next = value + Math.floor(random() * 21) - 10;
  return next < lowest || next > highest ? value : next;
}

/** A small generator with a seed (mulberry32): the same load again, at a few nanoseconds a number. */
export function createRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function writeInstant(bytes, at, instant) {
  const millions = Math.floor(instant / 1_000_000);
  writeDigits(bytes, at, millions, 7);
  writeDigits(bytes, at + 7, instant - millions * 1_000_000, 6);
}

function writeHundredths(bytes, at, value) {
  writeDigits(bytes, at, Math.floor(value / 100), 2);
  writeDigits(bytes, at + 3, value % 100, 2);
}

function writeDigits(bytes, at, number, digits) {
  let left = number;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const rest = Math.floor(left / 10);
    bytes[place] = 48 + left - rest * 10;
    left = rest;
  }
}

function packet(first, body) {
  const length = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left > 127 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

function field(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Calls back for every packet of a stream that a publisher is sent: all of them are short. */
export function createReader(onPacket) {
  let kept = Buffer.alloc(0);
  return (chunk) => {
    const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length && at + 2 + bytes[at + 1] <= bytes.length) {
      onPacket(bytes[at] >> 4, bytes, at + 2);
      at += 2 + bytes[at + 1];
    }
    kept = bytes.subarray(at);
  };
}
