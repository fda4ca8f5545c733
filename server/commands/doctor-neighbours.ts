// The neighbours: ports that are free or ours, an external broker, InfluxDB with its token, and how long certificates hold.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createConnection, createServer, isIP } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Settings } from "../config/settings.ts";
import { attempt, type Found } from "./doctor-found.ts";

const waitMs = 3000;
const dayMs = 86_400_000;
const warnDays = 30;

/** True where somebody could listen there now. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Whose `/health` answers there: ours says how ready it is. */
async function isOurs(host: string, port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host}:${port}/health`, { signal: AbortSignal.timeout(waitMs) });
    const body = (await answer.json()) as Record<string, unknown>;
    return "live" in body && "neighbours" in body;
  } catch {
    return false;
  }
}

async function lookAtPorts({ http, mqtt }: Settings): Promise<readonly Found[]> {
  const own = await isOurs(http.host, http.port);
  const { tls } = mqtt;
  const ports = [
    ["HTTP", http] as const,
    ...(mqtt.mode === "embedded" ? [["MQTT", mqtt] as const] : []),
    ...(mqtt.mode === "embedded" && tls !== undefined ? [["MQTT over TLS", tls] as const] : []),
  ];
  return Promise.all(
    ports.map(async ([name, { host, port }]): Promise<Found> => {
      const place = `${name} port ${host}:${port}`;
      if (await isFree(host, port)) return { state: "ok", what: `${place} is free` };
      // Beside a running server both are taken, and by it.
      if (own) return { state: "ok", what: `${place} is taken by the running server` };
      return { state: "bad", what: `${place} is taken by another program`, todo: "end that one, or set another port" };
    }),
  );
}

/** Connects and ends at once; what answers is not asked who it is. */
function canConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: waitMs });
    const say = (reason: string | null) => (): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", say(null));
    socket.once("timeout", say(`no answer within ${waitMs} ms`));
    socket.once("error", (error: NodeJS.ErrnoException) => say(error.code ?? error.message)());
  });
}

/** When the certificate that a server shows ends, epoch ms; or why it shows none. */
function certificateEnd(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    // Only its date is read: whether it is trusted says the connection that is made in earnest.
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket: TLSSocket = connectTls({ host, port, ...name, rejectUnauthorized: false, timeout: waitMs });
    const end = (said: number | string): void => {
      socket.destroy();
      resolve(said);
    };
    socket.once("secureConnect", () => end(Date.parse(socket.getPeerCertificate().valid_to)));
    socket.once("timeout", () => end(`no answer within ${waitMs} ms`));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

const tlsProtocols = ["mqtts:", "ssl:", "wss:", "https:"];
const usualPorts: Readonly<Record<string, number>> = {
  "mqtt:": 1883,
  "tcp:": 1883,
  "mqtts:": 8883,
  "ssl:": 8883,
  "ws:": 80,
  "wss:": 443,
  "http:": 80,
  "https:": 443,
};

async function lookAtCertificate(name: string, url: string): Promise<readonly Found[]> {
  const { protocol, hostname, port } = new URL(url);
  if (!tlsProtocols.includes(protocol)) return [];
  const end = await certificateEnd(hostname, port === "" ? (usualPorts[protocol] ?? 0) : Number(port));
  if (typeof end === "string")
    return [{ state: "bad", what: `${name} shows no certificate: ${end}`, todo: "see its TLS settings" }];
  return [endOf(`the certificate of ${name}`, end)];
}

function endOf(certificate: string, end: number): Found {
  const days = Math.floor((end - Date.now()) / dayMs);
  const what = `${certificate} ends in ${days} days`;
  if (days < 0) return { state: "bad", what: `${certificate} has ended`, todo: "renew it" };
  return days < warnDays ? { state: "warn", what, todo: "renew it" } : { state: "ok", what };
}

const pemPattern = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gsu;

/** The server's own, as it lies in its file: of a chain the one that ends first. */
function lookAtOwnCertificate({ mqtt }: Settings): readonly Found[] {
  const { tls } = mqtt;
  if (mqtt.mode !== "embedded" || tls === undefined) return [];
  return attempt(`the server's own certificate ${tls.certFile}`, "see SKYGROUND_MQTTS_CERT_FILE", () => {
    const chain = readFileSync(tls.certFile, "utf8").match(pemPattern) ?? [];
    const ends = chain.map((pem) => Date.parse(new X509Certificate(pem).validTo));
    return endOf("the server's own certificate", Math.min(...ends));
  });
}

async function lookAtBroker({ mqtt }: Settings): Promise<readonly Found[]> {
  if (mqtt.mode === "embedded" || mqtt.url === undefined) return [];
  const { protocol, hostname, port } = new URL(mqtt.url);
  const place = `${hostname}:${port === "" ? usualPorts[protocol] : port}`;
  const reason = await canConnect(hostname, port === "" ? (usualPorts[protocol] ?? 0) : Number(port));
  if (reason !== null)
    return [
      { state: "bad", what: `the broker ${place} is not reached: ${reason}`, todo: "start it, or see the network" },
    ];
  return [
    { state: "ok", what: `the broker ${place} is reached` },
    ...(await lookAtCertificate("the broker", mqtt.url)),
  ];
}

/** Does it answer, and does it take the token: a question that reads one bucket's name and nothing else. */
async function lookAtInflux({ historian }: Settings): Promise<readonly Found[]> {
  if (historian.kind !== "influx" || historian.url === undefined) return [];
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<number | string> => {
    try {
      const url = new URL(path, historian.url);
      return (await fetch(url, { headers, signal: AbortSignal.timeout(waitMs) })).status;
    } catch (error) {
      return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).message;
    }
  };
  const ping = await ask("/ping");
  if (ping !== 204 && ping !== 200)
    return [{ state: "bad", what: `InfluxDB is not reached: ${ping}`, todo: "start it, or see the network" }];
  const reached: Found = { state: "ok", what: "InfluxDB is reached" };
  const { token, bucket = "", username, password, database } = historian;
  const status =
    historian.version === "2"
      ? await ask(`/api/v2/buckets?name=${encodeURIComponent(bucket)}`, { authorization: `Token ${token}` })
      : await ask(
          `/query?q=${encodeURIComponent("SHOW MEASUREMENTS LIMIT 1")}&db=${encodeURIComponent(database)}`,
          username === undefined
            ? {}
            : { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` },
        );
  const access: Found =
    status === 200
      ? { state: "ok", what: "InfluxDB takes the credentials" }
      : {
          state: "bad",
          what: `InfluxDB refuses the credentials: ${status}`,
          todo: "make a new token, and see the bucket's name",
        };
  return [reached, access, ...(await lookAtCertificate("InfluxDB", historian.url))];
}

/** Looks at the neighbours. */
export async function lookAtNeighbours(settings: Settings): Promise<readonly Found[]> {
  const looks = await Promise.all([lookAtPorts(settings), lookAtBroker(settings), lookAtInflux(settings)]);
  return [...looks.flat(), ...lookAtOwnCertificate(settings)];
}
