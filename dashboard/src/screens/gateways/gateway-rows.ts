// The gateways as rows and figures: what each brought, what is missing of it, and what is not as it should be.
import type { DeviceLiveness } from "../../../../contract/liveness.ts";
import type { Point } from "../../../../contract/plant.ts";
import { qualities } from "../../../../contract/sample.ts";
import type { ListedDevice } from "../../api/gateways.ts";
import type { ShownValue } from "../../latest.ts";
import type { PlanIndex } from "../../plan-index.ts";
import { formatNumber, formatPercent } from "../../text/number.ts";
import { formatAge } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";
import { countDay } from "./day.ts";
import type { Row } from "../console/rows.ts";

const dayMs = 86_400_000;
/** Off by this much a clock mistakes the order of alarms of two sites (as the conformance bench judges it). */
export const driftMs = 2000;
/** A share of bad values that somebody should look at (design). */
const badShare = 0.05;
/** So many days before its end a certificate has to be renewed (design). */
const certificateDays = 30;

/** Points of a device: how many there are, and of how many the value is fresh and good. */
export interface PointCount {
  readonly good: number;
  readonly total: number;
}

/** The points of each device, counted. */
export function countPoints(
  points: readonly Point[],
  latest: (id: string) => ShownValue,
): ReadonlyMap<string, PointCount> {
  const counts = new Map<string, { good: number; total: number }>();
  for (const { id, device } of points) {
    const count = counts.get(device) ?? { good: 0, total: 0 };
    const { latest: value, freshness } = latest(id);
    count.total += 1;
    if (freshness === "live" && value?.quality === "good") count.good += 1;
    counts.set(device, count);
  }
  return counts;
}

/** Numbers that are missing and were found missing within the last day. */
export function missingOfDay({ sequence }: DeviceLiveness, now: number): number {
  return sequence.gaps
    .filter(({ foundAt }) => foundAt > now - dayMs)
    .reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

/** Days until the first of a device's certificates ends; null where none has an end that is known. */
export function certificateEnds(device: ListedDevice | undefined, now: number): number | null {
  const ends = (device?.credentials ?? []).flatMap(({ kind, expiresAt }) =>
    kind === "certificate" && expiresAt !== null ? [expiresAt] : [],
  );
  return ends.length === 0 ? null : Math.floor((Math.min(...ends) - now) / dayMs);
}

/** True where a device tells of its past now. */
export function isReplaying({ backfill }: Pick<DeviceLiveness, "backfill">): boolean {
  return backfill !== null && !backfill.isDone;
}

/** What the rows are made of. */
export interface RowInput {
  readonly index: PlanIndex;
  readonly devices: readonly DeviceLiveness[];
  /** By `site/device`; null where this person may not see the register. */
  readonly registered: ReadonlyMap<string, ListedDevice> | null;
  readonly counts: ReadonlyMap<string, PointCount>;
  readonly now: number;
}

function oddOf(device: DeviceLiveness, listed: ListedDevice | undefined, input: RowInput): readonly string[] {
  const { counts, now, registered } = input;
  const count = counts.get(device.id);
  const certificate = certificateEnds(listed, now);
  const checks: readonly (readonly [string, boolean])[] = [
    ["state", device.state !== "online"],
    ["dialect", registered !== null && listed === undefined],
    ["gaps", missingOfDay(device, now) > 0],
    ["backlog", isReplaying(device)],
    ["drift", Math.abs(device.clockAheadMs ?? 0) > driftMs],
    ["bad", (device.badShare ?? 0) > badShare],
    ["certificate", certificate !== null && certificate < certificateDays],
    ["points", count !== undefined && count.good < count.total],
    ["rate", listed !== undefined && (listed.traffic.heldBackSince !== null || listed.traffic.flappingUntil !== null)],
  ];
  return checks.flatMap(([key, isOdd]) => (isOdd ? [key] : []));
}

/** A signed span of a clock: `+1.2 s`. */
function driftText(ms: number): string {
  return `${ms > 0 ? "+" : ""}${formatNumber(ms / 1000, 1)} s`;
}

/** The rows. */
export function gatewayRows({ t, of }: Pick<Words, "t" | "of">, input: RowInput): readonly Row[] {
  const { index, devices, registered, counts, now } = input;
  return devices.map((device) => {
    const listed = registered?.get(device.id);
    const site = index.sites.get(device.site);
    const count = counts.get(device.id) ?? { good: 0, total: 0 };
    const missing = missingOfDay(device, now);
    const certificate = certificateEnds(listed, now);
    const { whole, known } = countDay(device.day);
    const { heardAt, backfill, clockAheadMs, lag, badShare: bad } = device;
    return {
      id: device.id,
      cells: {
        id: device.id,
        site: site === undefined ? device.site : of(site.shortName),
        dialect: listed === undefined ? t("gateways.unregistered") : t(`admin.dialect.${listed.dialect}`),
        state: t(`gateways.state.${device.state}`),
        heard: heardAt === null ? t("admin.never") : formatAge(now - heardAt),
        lag: lag === null ? undefined : formatAge(lag.p95Ms),
        gaps: device.sequence.newest === null ? t("gateways.noSequence") : String(missing),
        backlog:
          backfill === null || backfill.isDone
            ? t("gateways.noBacklog")
            : t("gateways.backlog", { perMinute: formatNumber(backfill.perMinute, 0) }),
        drift: clockAheadMs === null ? undefined : driftText(clockAheadMs),
        bad: bad === null ? undefined : formatPercent(bad, 1),
        certificate: certificate === null ? undefined : String(certificate),
        points: `${count.good} / ${count.total}`,
      },
      order: {
        heard: heardAt === null ? null : now - heardAt,
        lag: lag?.p95Ms ?? null,
        gaps: device.sequence.newest === null ? null : missing,
        backlog: isReplaying(device) ? (backfill?.perMinute ?? 0) : 0,
        drift: clockAheadMs === null ? null : Math.abs(clockAheadMs),
        bad,
        day: known === 0 ? null : whole / known,
        certificate,
        points: count.total === 0 ? null : count.good / count.total,
      },
      odd: oddOf(device, listed, input),
    };
  });
}

/** What all gateways bring together. */
export interface GatewayFigures {
  readonly online: number;
  readonly total: number;
  /** The median of the gateways' own medians, the worst of their p95, and the longest of the last hour, ms. */
  readonly lag: { readonly middleMs: number; readonly worst95Ms: number; readonly longestMs: number } | null;
  readonly duplicates: number;
  readonly replaying: number;
  readonly drifting: number;
  /** Of the values of the last hour: how many are neither good nor untested, and how many there are. */
  readonly bad: number;
  readonly values: number;
}

/** The figures of all gateways. */
export function figuresOf(devices: readonly DeviceLiveness[]): GatewayFigures {
  const lags = devices.flatMap(({ lag }) => (lag === null ? [] : [lag])).toSorted((a, b) => a.p50Ms - b.p50Ms);
  const middle = lags[Math.floor((lags.length - 1) / 2)];
  const sum = (read: (device: DeviceLiveness) => number): number =>
    devices.reduce((total, device) => total + read(device), 0);
  return {
    online: sum(({ state }) => Number(state === "online")),
    total: devices.length,
    lag:
      middle === undefined
        ? null
        : {
            middleMs: middle.p50Ms,
            worst95Ms: lags.reduce((most, { p95Ms }) => Math.max(most, p95Ms), 0),
            longestMs: lags.reduce((most, { worstMs }) => Math.max(most, worstMs), 0),
          },
    duplicates: sum(({ sequence }) => sequence.duplicates),
    replaying: sum((device) => Number(isReplaying(device))),
    drifting: sum(({ clockAheadMs }) => Number(Math.abs(clockAheadMs ?? 0) > driftMs)),
    bad: sum(({ quality }) =>
      qualities.reduce((bad, one) => bad + (one === "good" || one === "unknown" ? 0 : quality[one]), 0),
    ),
    values: sum(({ quality }) => qualities.reduce((all, one) => all + quality[one], 0)),
  };
}
