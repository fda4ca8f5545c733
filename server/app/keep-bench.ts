// The bench in its house: trial messages read as their dialect says, and what becomes of a device that has passed.
import { createHash } from "node:crypto";
import type { BenchConnection, TrialReport } from "../../contract/conformance.ts";
import type { Plan } from "../../contract/plant.ts";
import type { RegisteredDevice } from "../../contract/register.ts";
import type { DecodeResult } from "../../contract/sample.ts";
import { topicOf, topicRoot, trialRoot } from "../../contract/topics.ts";
import type { BrokerMessage, TrialMessage } from "../adapters/broker/room.ts";
import type { Translator } from "../adapters/dialects/dialect.ts";
import { encodeNative } from "../adapters/dialects/encode.ts";
import { decodeNative } from "../adapters/dialects/native.ts";
import type { BenchDesk } from "../adapters/http/onboard.ts";
import type { Register } from "../adapters/register.ts";
import type { TrialTimes } from "../domain/trial.ts";
import type { Log } from "../log.ts";
import { topicsOf as admittedTopics } from "./admissions.ts";
import { type Bench, type BenchConnected, createBench } from "./bench.ts";
import { type Dialects, topicsOf } from "./dialects.ts";
import type { Wire } from "./intake.ts";
import type { Undo } from "./undo.ts";

/** What the bench is kept with. */
export interface KeepBenchOptions {
  readonly register: Register;
  readonly plan: () => Plan;
  readonly dialects: Dialects;
  readonly wire: Wire;
  readonly now: () => number;
  readonly log: Log;
  /** How long the parts of a trial take. @default by the slowest point */
  readonly times?: TrialTimes | undefined;
}

/** The bench, with what the broker tells it. */
export interface KeptBench {
  readonly desk: BenchDesk;
  readonly mayConnect: Bench["mayConnect"];
  readonly connected: (site: string, device: string, how: BenchConnected) => void;
  /** Resolves true where the message may be acknowledged. */
  readonly hear: (message: TrialMessage) => Promise<boolean>;
  readonly wrongTopic: (site: string, device: string, topic: string) => void;
}

const tickMs = 1000;

/** Keeps the bench, and lets its time pass. */
export function keepBench(options: KeepBenchOptions, undo: Undo): KeptBench {
  const { register, plan, dialects, wire, now, log, times } = options;
  const known = createLookup(register);
  /** Readers of foreign dialects, for as long as the device's entry is the same. */
  const readers = new WeakMap<RegisteredDevice, Translator>();
  const foreignTopics = (device: RegisteredDevice) => topicsOf(dialects, device);

  const connectionOf = (device: RegisteredDevice): BenchConnection => {
    const { plain, tls } = wire.ports();
    const open = admittedTopics({ ...device, stage: "open" }, foreignTopics).publish;
    const first = plan().points.find((point) => point.device === `${device.site}/${device.device}`);
    return {
      userName: device.userName,
      plainPort: plain,
      tlsPort: tls,
      trialTopics: admittedTopics({ ...device, stage: "trial" }, foreignTopics).publish,
      openTopics: open.filter((topic) => !topic.startsWith(trialRoot)),
      example:
        device.dialect === "native"
          ? JSON.stringify({ ts: now(), seq: 1, values: { [first?.code ?? "LT-101"]: first?.range.operator[0] ?? 0 } })
          : null,
    };
  };

  /** Keeps a report, and opens a device that has passed: both or neither. */
  const conclude = (device: RegisteredDevice, report: TrialReport): void => {
    const { site, device: code } = device;
    const because = `trial passed ${new Date(report.endedAt ?? now()).toISOString()}`;
    register.atomically(() => {
      register.keepTrial(site, code, report);
      if (report.passed !== true) return;
      register.audited({ by: null }, { act: "device.open", target: report.device }, () => {
        const opened = register.openDevice(site, code, because);
        return opened.ok ? { ok: true, before: { stage: "trial" }, after: { stage: "open" }, result: null } : opened;
      });
    });
    log.info("a trial has ended", { device: report.device, passed: report.passed === true });
    if (report.passed === true) wire.drop(site, code, "its stage has changed");
  };

  const bench = createBench({
    plan,
    devices: known.all,
    connectionOf,
    now,
    isPossible: () => wire.ports().plain !== null,
    drop: wire.drop,
    cut: wire.cut,
    ...(times === undefined ? {} : { times }),
    begun: ({ site, device: code }, report) => register.keepTrial(site, code, report),
    lastTrial: register.lastTrial,
    lastEnded: register.lastEnded,
    ended: (device, report) => {
      try {
        conclude(device, report);
      } catch (error) {
        // A full disk: nothing of it is written, the device stays on trial, and everybody else is heard on.
        log.error("a trial's report could not be kept", { device: report.device, error });
      }
    },
  });

  const read = (device: RegisteredDevice, { topic, payload }: BrokerMessage): readonly DecodeResult[] => {
    const { site, device: code, dialect } = device;
    if (dialect === "native") return [decodeNative(topic.replace(trialRoot, topicRoot), payload)];
    const reader = readers.get(device) ?? dialects[dialect]?.open(device, undefined);
    if (reader === undefined) return [{ ok: false, code: "TOPIC_UNKNOWN", example: dialect }];
    readers.set(device, reader);
    const translation = reader.translate({ topic, payload, at: now() });
    if (!translation.ok) return [translation];
    for (const reply of translation.replies ?? []) {
      wire.send(device, reply.topic, reply.payload, reply.isRetained ?? false);
    }
    const { objects, unread = [], online } = translation;
    const state: DecodeResult[] =
      online === undefined ? [] : [{ ok: true, message: { kind: "state", site, device: code, online } }];
    const isEmpty = objects.length === 0 && unread.length === 0;
    const values = isEmpty
      ? []
      : encodeNative(objects, unread).map((native) => decodeNative(topicOf(site, code, "telemetry"), native));
    return [...state, ...values];
  };

  /** Who began or ended a trial: a device that passes it is opened by the bench, in nobody's name. */
  const told =
    (act: "start" | "stop"): BenchDesk["start"] =>
    (person, site, device) => {
      const by = { name: person.name, role: person.role };
      const done = register.audited({ by }, { act: `trial.${act}`, target: `${site}/${device}` }, () => {
        const answer = bench[act](person, site, device);
        return answer.ok ? { ok: true, before: null, after: null, result: answer.view } : answer;
      });
      return done.ok ? { ok: true, view: done.result } : done;
    };

  const ticking = setInterval(bench.tick, tickMs);
  undo.add("bench", () => clearInterval(ticking));
  return {
    desk: { list: bench.list, view: bench.view, start: told("start"), stop: told("stop") },
    mayConnect: bench.mayConnect,
    connected: bench.connected,
    async hear(message) {
      const { site, device, qos } = message;
      const entry = known.find(site, device);
      if (entry === undefined) return false;
      const hash = createHash("sha256").update(message.payload).digest("base64url");
      // Outside a trial what comes is taken and forgotten: a gateway that waits for its trial shall not fill up.
      return read(entry, message).every((one) => bench.hear(site, device, { hash, qos, read: one }) !== false);
    },
    wrongTopic(site, device, topic) {
      bench.hear(site, device, { hash: "", qos: 1, read: { ok: false, code: "TOPIC_NOT_ALLOWED", example: topic } });
    },
  };
}

/** The register's devices, read again only when it has changed: a trial asks for them with every message. */
function createLookup({ listDevices, version }: Pick<Register, "listDevices" | "version">): {
  readonly all: () => readonly RegisteredDevice[];
  readonly find: (site: string, device: string) => RegisteredDevice | undefined;
} {
  let seen = "";
  let devices = new Map<string, RegisteredDevice>();
  const look = (): ReadonlyMap<string, RegisteredDevice> => {
    const current = version();
    if (current !== seen) {
      seen = current;
      const before = devices;
      // One that is the same stays the very same: by that its reader knows it, whatever else was written meanwhile.
      const kept = (key: string, now: RegisteredDevice): RegisteredDevice => {
        const known = before.get(key);
        return known !== undefined && JSON.stringify(known) === JSON.stringify(now) ? known : now;
      };
      devices = new Map(
        listDevices().map((one) => {
          const key = `${one.site}/${one.device}`;
          return [key, kept(key, one)];
        }),
      );
    }
    return devices;
  };
  return { all: () => [...look().values()], find: (site, device) => look().get(`${site}/${device}`) };
}
