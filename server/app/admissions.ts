// Who is let in at the broker and under which topics, by what the register says now.
import type { RegisteredDevice } from "../../contract/register.ts";
import { commandTopicOf, topicOf, trialCommandTopicOf, trialTopicOf, type TopicKind } from "../../contract/topics.ts";
import type { Admission, ClientCertificate, Proof } from "../adapters/broker/rules.ts";
import type { Register } from "../adapters/register.ts";
import type { Admitted } from "../adapters/register/credentials.ts";

/** MQTT filters. */
export interface DeviceTopics {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** How admissions are made. */
export interface AdmissionsOptions {
  readonly register: Pick<Register, "admitSecret" | "admitFingerprint" | "admitName" | "isStanding">;
  readonly now: () => number;
  /** The topics of a dialect other than the native one. @default none: the device may connect and say nothing */
  readonly foreignTopics?: (device: RegisteredDevice) => DeviceTopics;
  /** True for an exercise, in which days of messages come in minutes: nobody is held back. */
  readonly isHurried: boolean;
}

/** Lets devices in. */
export interface Admissions {
  readonly authenticate: (proof: Proof) => Admission | null;
  /** False once the register would not let the same device in again as the same. */
  readonly isStanding: (admission: Admission) => boolean;
}

const kinds = ["telemetry", "state", "command/ack"] as const satisfies readonly TopicKind[];
const noTopics: DeviceTopics = { publish: [], subscribe: [] };

/** Where a device may speak and what it may hear: on trial under the trial's topics alone. */
export function topicsOf(device: RegisteredDevice, foreignTopics?: AdmissionsOptions["foreignTopics"]): DeviceTopics {
  if (device.dialect !== "native") return foreignTopics?.(device) ?? noTopics;
  const { site, device: code, stage } = device;
  const trial = {
    publish: kinds.map((kind) => trialTopicOf(site, code, kind)),
    subscribe: [trialCommandTopicOf(site, code)],
  };
  if (stage === "trial") return trial;
  return {
    publish: [...kinds.map((kind) => topicOf(site, code, kind)), ...trial.publish],
    subscribe: [commandTopicOf(site, code), ...trial.subscribe],
  };
}

/** Makes admissions. */
export function createAdmissions({ register, now, foreignTopics, isHurried }: AdmissionsOptions): Admissions {
  /** What each admission was made of; gone with its connection. */
  const made = new WeakMap<Admission, Admitted>();

  const byCertificate = (userName: string, certificate: ClientCertificate): Admitted | null => {
    const at = now();
    if (!(certificate.validFrom <= at && at < certificate.validTo)) return null;
    const pinned = register.admitFingerprint(certificate.fingerprint);
    const { commonName, isTrusted } = certificate;
    const found = pinned ?? (isTrusted && commonName !== null ? register.admitName(commonName) : null);
    // A name beside the certificate must be the same device's.
    return found !== null && (userName === "" || userName === found.device.userName) ? found : null;
  };

  return {
    authenticate({ userName, password, certificate }) {
      const admitted =
        password !== "" || certificate === null
          ? register.admitSecret(userName, password)
          : byCertificate(userName, certificate);
      if (admitted === null || admitted.device.stage === "retired") return null;
      const { site, device, stage, maxPerSecond } = admitted.device;
      const topics = topicsOf(admitted.device, foreignTopics);
      const most = isHurried ? Infinity : maxPerSecond;
      const admission: Admission = { site, device, stage, ...topics, maxPerSecond: most };
      made.set(admission, admitted);
      return admission;
    },
    isStanding(admission) {
      const admitted = made.get(admission);
      return admitted !== undefined && register.isStanding(admitted);
    },
  };
}
