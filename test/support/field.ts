// The instruments of the whole demo city in the hands of a test: calm, at their worst, or a clock ahead.
import type { Level } from "../../contract/level.ts";
import type { Plan, Point } from "../../contract/plant.ts";
import type { Demo } from "./demo.ts";
import { createPublisher, type Publisher } from "./publisher.ts";

/** Values by point id. */
export type Values = Readonly<Record<string, number>>;

/** The instruments. */
export interface Field {
  readonly plan: Plan;
  /** Calm values of every point whose rules have limits. */
  readonly calm: Values;
  /** Values beyond the last limit of each point that has a red one. */
  readonly worst: Values;
  /** Sends values, one message a device; `aheadMs`: how far the devices' clocks are ahead. */
  readonly send: (values: Values, aheadMs?: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

interface Line {
  readonly level: Level;
  readonly direction: "high" | "low";
  readonly setpoint: number;
}

/** The limits of a point's rules; the demo has one version of each. */
function limitsOf(point: Point): readonly Line[] {
  return point.rules.flatMap(({ direction, versions }) => {
    if (direction === "none") return [];
    const levels = Object.entries(versions.at(-1)?.levels ?? {}) as [Level, readonly { readonly kind: string }[]][];
    return levels.flatMap(([level, conditions]) =>
      conditions.flatMap((condition) =>
        condition.kind === "limit" && "setpoint" in condition
          ? [{ level, direction, setpoint: Number(condition.setpoint) }]
          : [],
      ),
    );
  });
}

/** Down to what the point can say: of a switch between 0 and 1 the middle is 0. */
function rounded(point: Point, value: number): number {
  return Math.floor(value * 10 ** point.decimals) / 10 ** point.decimals;
}

/** A value that breaks no limit, as far from all of them as the range allows. */
function calmOf(point: Point): number {
  const limits = limitsOf(point);
  const [bottom, top] = point.range.operator;
  const low = Math.max(
    bottom,
    ...limits.filter(({ direction }) => direction === "low").map(({ setpoint }) => setpoint),
  );
  const high = Math.min(top, ...limits.filter(({ direction }) => direction === "high").map(({ setpoint }) => setpoint));
  return rounded(point, (low + high) / 2);
}

/** A value just beyond the red limit; null where there is none. */
function worstOf(point: Point): number | null {
  const red = limitsOf(point).filter(({ level }) => level === "red");
  const [bottom, top] = point.range.sensor;
  const high = Math.max(...red.filter(({ direction }) => direction === "high").map(({ setpoint }) => setpoint));
  if (Number.isFinite(high)) return Math.max(high, rounded(point, high + (top - high) / 4));
  const low = Math.min(...red.filter(({ direction }) => direction === "low").map(({ setpoint }) => setpoint));
  return Number.isFinite(low) ? rounded(point, low - (low - bottom) / 4) : null;
}

const trialDevice = "hc-03/try-2";

/** Takes the demo's instruments over; its own simulators must not run. */
export async function createField(demo: Demo): Promise<Field> {
  const plan = (await (await fetch(`${demo.url}/api/plant`)).json()) as Plan;
  const publishers = new Map<string, Publisher>();
  // What the device on trial says reaches nobody.
  const heard = plan.points.filter(({ device }) => device !== trialDevice);
  const points = new Map(heard.map((point) => [point.id, point]));
  function publisherOf(id: string): Publisher {
    const known = publishers.get(id);
    if (known !== undefined) return known;
    const [site = "", device = ""] = id.split("/");
    const password = demo.credentials.devices[id] ?? "";
    const made = createPublisher({ port: demo.mqttPort, userName: `${site}.${device}`, password, site, device });
    publishers.set(id, made);
    return made;
  }
  return {
    plan,
    calm: Object.fromEntries(heard.map((point) => [point.id, calmOf(point)])),
    worst: Object.fromEntries(
      heard.flatMap((point) => {
        const worst = worstOf(point);
        return worst === null ? [] : [[point.id, worst]];
      }),
    ),
    async send(values, aheadMs = 0) {
      const messages = new Map<string, Record<string, number>>();
      for (const [id, value] of Object.entries(values)) {
        const point = points.get(id);
        if (point === undefined) throw new Error(`${id} is not in the plan`);
        messages.set(point.device, { ...messages.get(point.device), [point.code]: value });
      }
      const ts = Date.now() + aheadMs;
      await Promise.all(
        [...messages].map(([device, own]) => publisherOf(device).send(JSON.stringify({ ts, values: own }))),
      );
    },
    end: async () => {
      await Promise.all([...publishers.values()].map((publisher) => publisher.end()));
    },
  };
}

/** What every instrument says, over and over: the load of a whole city. */
export interface City {
  readonly valuesPerSecond: number;
  /** Says values at once, and from then on. */
  readonly say: (values: Values) => Promise<void>;
  /** The instruments of a site say nothing more; gives what they said last. */
  readonly quieten: (site: string) => Values;
  readonly stop: () => void;
}

const sayEveryMs = 200;

/** Lets every instrument say its calm value five times a second. */
export async function startCity(field: Field): Promise<City> {
  const said: Record<string, number> = { ...field.calm };
  await field.send(said);
  const saying = setInterval(() => void field.send(said), sayEveryMs);
  return {
    valuesPerSecond: Object.keys(said).length / (sayEveryMs / 1000),
    say: async (values) => {
      Object.assign(said, values);
      await field.send(values);
    },
    quieten: (site) => {
      const own = Object.fromEntries(Object.entries(said).filter(([id]) => id.startsWith(`${site}/`)));
      for (const id of Object.keys(own)) delete said[id];
      return own;
    },
    stop: () => clearInterval(saying),
  };
}

/** Gives one gas detector after the other whose red waits for nothing, each once. */
export function detectorsOf({ plan }: Field): () => string {
  const detectors = plan.points
    .filter(({ kind, device }) => kind === "gas_lel" && device.endsWith("gw-1"))
    // Neighbours vote for one another: of two in a row, each is at another site.
    .toSorted((a, b) => (a.code === b.code ? 0 : a.code < b.code ? -1 : 1))
    .map(({ id }) => id);
  return () => {
    const next = detectors.shift();
    if (next === undefined) throw new Error("no detector is left");
    return next;
  };
}
