// The soak's devices, in a process of their own: every point changes at its turn, over real MQTT at QoS 1.
import mqtt from "mqtt";

const turnMs = 100;
const sayEveryMs = 1000;
/** The alarm that comes and goes: so long, and so long away. */
const alarmMs = 30_000;
const counts = { sent: 0, acknowledged: 0, connected: 0 };

function valueOf(point, place, at) {
  const { worst, comesAndGoes = false, middle, swing, step, decimals } = point;
  const isWorst = worst !== undefined && !(comesAndGoes && Math.floor(at / alarmMs) % 2 === 1);
  // The last decimal always moves, so that every value is a changed one.
  const noise = step * (at % 2 === 0 ? 1 : -1) * (1 + Math.random());
  const wave = swing * Math.sin(at / 20_000 + place);
  return Number(
    ((isWorst ? worst + Math.abs(noise) * Math.sign(worst - middle) : middle + wave) + noise).toFixed(decimals),
  );
}

function send({ client, points, topic }) {
  if (!client.connected) return;
  const at = Date.now();
  const values = Object.fromEntries(points.map((point, place) => [point.code, valueOf(point, place, at)]));
  counts.sent += points.length;
  client.publish(topic, JSON.stringify({ values }), { qos: 1 }, (error) => {
    if (!error) counts.acknowledged += points.length;
  });
}

process.once("message", ({ mqttPort, devices, rate }) => {
  const total = devices.reduce((sum, { points }) => sum + points.length, 0);
  const everyMs = (total / rate) * 1000;
  const startAt = performance.now();
  const sending = devices.map(({ site, device, secret, points }, place) => {
    const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, {
      clientId: `${site}.${device}`,
      username: `${site}.${device}`,
      password: secret,
      protocolVersion: 4,
    });
    client.on("connect", () => (counts.connected += 1));
    client.on("error", (error) => process.send({ fault: `${site}.${device}: ${error.message}` }));
    const topic = `skyground/v1/${site}/${device}/telemetry`;
    // Spread over the period, as devices in the field are.
    return { client, points, topic, nextAt: startAt + (place / devices.length) * everyMs };
  });
  setInterval(() => {
    const now = performance.now();
    for (const device of sending) {
      for (; device.nextAt <= now; device.nextAt += everyMs) send(device);
    }
  }, turnMs);
  setInterval(() => process.send(counts), sayEveryMs);
});
process.on("disconnect", () => process.exit(0));
