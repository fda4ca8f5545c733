// What is weak in how the server is set up, from its settings alone: it runs, and everybody who looks at its health is told.
import type { Weakness } from "../../contract/wall.ts";
import { isLoopback, type Settings } from "../config/settings.ts";

/** True where an address would carry secrets in the clear over a network. */
function isOpenWire(url: string | undefined, protocols: readonly string[]): boolean {
  if (url === undefined) return false;
  const { protocol, hostname } = new URL(url);
  return protocols.includes(protocol) && !isLoopback(hostname);
}

/** The weaknesses of a setting-up, none where there is none. */
export function weaknessesOf({
  http,
  mqtt,
  historian,
}: {
  readonly http: Settings["http"] & { readonly trustedProxies?: readonly string[] };
  readonly mqtt: Settings["mqtt"];
  readonly historian: Settings["historian"];
}): readonly Weakness[] {
  const found: Weakness[] = [];
  if (mqtt.mode === "embedded" && !isLoopback(mqtt.host)) {
    const zh = "设备口令以明文 MQTT 在网络上传输";
    found.push({ code: "MQTT_PLAIN_PUBLIC", zh, en: "Devices send their passwords over the network by plain MQTT" });
  }
  if (mqtt.mode === "external" && isOpenWire(mqtt.url, ["mqtt:", "tcp:", "ws:"])) {
    const zh = "与外部 MQTT 服务器的连接未加密";
    found.push({ code: "MQTT_BROKER_PLAIN", zh, en: "The connection to the external broker is not encrypted" });
  }
  if (!isLoopback(http.host) && (http.trustedProxies ?? []).length === 0) {
    const zh = "大屏与登录以明文 HTTP 对外提供，未设可信代理";
    found.push({
      code: "HTTP_PLAIN_PUBLIC",
      zh,
      en: "Walls and logins are served by plain HTTP, and no trusted proxy is named",
    });
  }
  if (historian.kind === "influx" && isOpenWire(historian.url, ["http:"])) {
    const zh = "与 InfluxDB 的连接未加密";
    found.push({ code: "HISTORIAN_PLAIN", zh, en: "The connection to InfluxDB is not encrypted" });
  }
  return found;
}
