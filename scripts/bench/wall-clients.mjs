// Many walls in one process: each watches every point; frames are counted and measured, not parsed.
import { EventEmitter, once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";
import { cookieOf } from "./login.mjs";

const { url, wall, count } = JSON.parse(process.argv[2]);
const connectAtOnce = 20;
const patienceMs = 20_000;
const totals = { frames: 0, bytes: 0, worstGapMs: 0 };
const lastAt = new Map();

/** What of Socket.IO's protocol a wall that reads nothing needs; 800 real ones would cost more than the server. */
class Encoder {
  encode({ type, data, id }) {
    return [`${type}${id ?? ""}${data === undefined ? "" : JSON.stringify(data)}`];
  }
}
class Decoder extends EventEmitter {
  add(text) {
    if (text.startsWith('2["frame"')) noteFrame(this, text.length);
    else if (text.startsWith("0")) this.emit("decoded", { type: 0, nsp: "/", data: JSON.parse(text.slice(1)) });
    else if (text.startsWith("4")) this.emit("decoded", { type: 4, nsp: "/", data: JSON.parse(text.slice(1)) });
  }
  destroy() {}
}

function noteFrame(who, bytes) {
  const now = performance.now();
  totals.frames += 1;
  totals.bytes += bytes;
  const before = lastAt.get(who);
  if (before !== undefined) totals.worstGapMs = Math.max(totals.worstGapMs, now - before);
  lastAt.set(who, now);
}

function open(cookie) {
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const socket = io(url, { ...options, extraHeaders: { cookie, "x-skyground": "1" }, parser: { Encoder, Decoder } });
  const connected = once(socket, "connect").then(() => {
    socket.emit("watch", { points: "all" });
    return socket;
  });
  const refused = once(socket, "connect_error").then(() => null);
  return Promise.race([connected, refused, wait(patienceMs, null)]).catch(() => null);
}

const cookie = await cookieOf(url, wall);
const sockets = [];
for (let opened = 0; opened < count; opened += connectAtOnce) {
  const some = Array.from({ length: Math.min(connectAtOnce, count - opened) }, () => open(cookie));
  sockets.push(...(await Promise.all(some)));
}
const admitted = sockets.filter((socket) => socket !== null);
process.send({ type: "ready", admitted: admitted.length });
await once(process, "message");
Object.assign(totals, { frames: 0, bytes: 0, worstGapMs: 0 });
lastAt.clear();
const cpu = process.cpuUsage();
await once(process, "message");
const { user, system } = process.cpuUsage(cpu);
process.send({ type: "result", ...totals, cpuSeconds: (user + system) / 1e6 });
for (const socket of admitted) socket.close();
process.disconnect();
