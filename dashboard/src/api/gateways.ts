// What the screen of gateways asks: devices, the server's health, screens, and how fast alarms travel.
import type { FaultCount } from "../../../contract/faults.ts";
import type { DeviceLiveness } from "../../../contract/liveness.ts";
import type { LatencyView, ScreenHealth } from "../../../contract/receipt.ts";
import type { Credential, DeviceTraffic, RegisteredDevice } from "../../../contract/register.ts";
import type { NeighbourStatus, Weakness } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** How much room the disk has, and what gave way for want of it; bytes. */
export interface DiskHealth {
  readonly free: number;
  readonly total: number;
  readonly stage: "roomy" | "warn" | "shed" | "stop";
  readonly marks: Readonly<Record<"warn" | "shed" | "stop", number>>;
  readonly shed: readonly {
    readonly at: number;
    readonly kind: "exports" | "reports" | "messages" | "history";
    readonly target: string;
    readonly bytes: number;
  }[];
  readonly isExhausted: boolean;
}

/** What became of the journal's oldest messages. */
export interface RetentionHealth {
  /** 0: for ever. */
  readonly keepDays: number;
  readonly condensed: number;
  /** Epoch ms; null while the journal is empty. */
  readonly messagesFrom: number | null;
  readonly blocked: string | null;
}

/** What the server says of itself to those who have the whole city. */
export interface ServerHealth {
  readonly version: string;
  readonly isDemo: boolean;
  /** Epoch ms. */
  readonly startedAt: number;
  /** SHA-256 of the public key of the record, hex; absent where the record is not signed. */
  readonly recordKey?: string;
  readonly ready: boolean;
  readonly neighbours: readonly NeighbourStatus[];
  readonly faults: readonly FaultCount[];
  readonly weaknesses: readonly Weakness[];
  readonly devices: { readonly connected: number; readonly heldBack: number; readonly flapping: number };
  readonly disk?: DiskHealth | null;
  readonly retention?: RetentionHealth;
  readonly shadows?: readonly unknown[];
}

/** A registered device with what the plan and the broker know of it. */
export interface ListedDevice extends RegisteredDevice {
  readonly isInPlan: boolean;
  readonly credentials: readonly Credential[];
  readonly traffic: DeviceTraffic;
}

/** The devices of the register, and those of the plan that are not in it. */
export interface DeviceList {
  readonly devices: readonly ListedDevice[];
  readonly unregistered: readonly { readonly site: string; readonly device: string }[];
}

/** The calls of the screen. */
export interface GatewaysApi {
  readonly devices: () => Promise<Answer<readonly DeviceLiveness[]>>;
  readonly health: () => Promise<Answer<ServerHealth>>;
  readonly screens: () => Promise<Answer<readonly ScreenHealth[]>>;
  readonly latency: () => Promise<Answer<LatencyView>>;
  readonly registered: () => Promise<Answer<DeviceList>>;
}

/** The calls of the screen. */
export function createGatewaysApi({ get }: Pick<Call, "get">): GatewaysApi {
  return {
    devices: () => get("/api/devices"),
    health: () => get("/api/health"),
    screens: () => get("/api/walls/health"),
    latency: () => get("/api/latency"),
    registered: () => get("/api/register/devices"),
  };
}
