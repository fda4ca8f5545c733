// One played device: a plain TCP socket to the broker, and never more messages in flight than its window.
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { connectPacket, createReader, createTelemetry, goodbye, ping } from "./packets.mjs";

const keepAliveS = 60;
const connack = 2;
const puback = 4;
/** With QoS 0 nothing is acknowledged: what waits in the socket is the only bound. */
const maxUnsentBytes = 256 * 1024;
const firstSequence = 1_000_000_000;

/**
 * Connects a device; resolves when the broker has welcomed it. `onAcknowledged` gets the milliseconds between the write
 * of a message and its PUBACK; `onRoom` says that more may be sent.
 */
export function connectDevice({ broker, device, groups, qos, window, random, onAcknowledged, onRoom, onLost }) {
  const messages = groups.map((codes) => createTelemetry({ topic: device.topic, codes, qos, random }));
  // A packet id names a slot, so that an acknowledgement finds its time without a map.
  const slots = 2 ** Math.ceil(Math.log2(window + 1));
  const sentAt = new Float64Array(slots);
  let next = 0;
  let sequence = firstSequence;
  let inFlight = 0;
  let isOver = false;

  const socket = connect({ host: broker.host, port: broker.port, noDelay: true });
  const heartbeat = setInterval(() => socket.write(ping), (keepAliveS * 1000) / 2);
  const room = () => {
    if (isOver) return 0;
    if (qos === 0) return socket.writableLength < maxUnsentBytes ? window : 0;
    return window - inFlight;
  };

  const send = (count) => {
    const chunk = [];
    const now = performance.now();
    const at = Date.now();
    for (let sent = 0; sent < count; sent += 1) {
      const slot = next & (slots - 1);
      if (qos === 1 && sentAt[slot] !== 0) break;
      const message = messages[next % messages.length];
      message.stamp({ at, sequence, packetId: slot + 1 });
      // Copied, because the socket may still hold it when the template is stamped again.
      chunk.push(Buffer.from(message.bytes));
      if (qos === 1) {
        sentAt[slot] = now;
        inFlight += 1;
      }
      next += 1;
      sequence += 1;
    }
    if (chunk.length > 0) socket.write(chunk.length === 1 ? chunk[0] : Buffer.concat(chunk));
    return chunk.length;
  };

  const close = () => {
    isOver = true;
    clearInterval(heartbeat);
    socket.end(goodbye);
  };

  return new Promise((resolve, reject) => {
    const end = (why) => {
      if (isOver) return;
      isOver = true;
      clearInterval(heartbeat);
      reject(new Error(`${device.userName}: ${why}`));
      onLost(`${device.userName}: ${why}`);
    };
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the broker closed the connection"));
    socket.on("connect", () => socket.write(connectPacket({ ...device, clientId: device.userName, keepAliveS })));
    const read = createReader((type, bytes, at) => {
      if (type === puback) {
        const slot = bytes.readUInt16BE(at) - 1;
        if (sentAt[slot] === 0 || slot >= slots) return;
        onAcknowledged(performance.now() - sentAt[slot]);
        sentAt[slot] = 0;
        inFlight -= 1;
      } else if (type === connack) {
        const code = bytes[at + 1];
        if (code === 0) resolve({ room, send, close, inFlight: () => inFlight });
        else {
          end(`the broker refused it with code ${code}; is its password the one in --credentials?`);
          socket.destroy();
        }
      }
    });
    socket.on("data", (chunk) => {
      read(chunk);
      onRoom();
    });
    if (qos === 0) socket.on("drain", onRoom);
  });
}
