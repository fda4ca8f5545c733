// The report of a back-test as a person reads it.
import {
  differenceKinds,
  type BacktestReport,
  type Example,
  type KnownFigures,
  type SideFigures,
} from "../../contract/backtest.ts";
import { durationText, timeText } from "./kpi.ts";

/** 30 days of 2,000 points at 10 s: the size that a back-test is planned for. */
const plannedSamples = 518_400_000;
const shownAlarms = 20;

function sideRow(name: string, of: (side: SideFigures) => string, { active, candidate }: BacktestReport): string {
  return `  ${name.padEnd(24)} ${of(active).padStart(10)} ${of(candidate).padStart(10)}`;
}

function exampleRow({ kind, alarm, activeAt, candidateAt, activeLevel, candidateLevel }: Example): string {
  const at = (instant: number | null, level: string | null): string =>
    instant === null ? "-" : `${timeText(instant)} ${level ?? ""}`;
  return `  ${kind.padEnd(8)} ${alarm}  active ${at(activeAt, activeLevel)}, candidate ${at(candidateAt, candidateLevel)}`;
}

function topRows(name: string, { top }: SideFigures): readonly string[] {
  if (top.length === 0) return [];
  return [
    "",
    `  most frequent, ${name}`,
    ...top.map((one) => `  ${String(one.annunciations).padStart(8)}  ${one.alarm}`),
  ];
}

function shareText(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} % ${part}/${whole}`;
}

/** What people have verified beside the two versions, and the newest that the candidate misses. */
function knownRows({ known }: BacktestReport): readonly string[] {
  if (known === undefined) return [];
  const { active, candidate, missed } = known;
  const row = (name: string, of: (side: KnownFigures) => string): string =>
    `  ${name.padEnd(24)} ${of(active).padStart(14)} ${of(candidate).padStart(14)}`;
  return [
    "",
    `  verified incidents: ${known.known} true, ${known.knownFalse} false, ${known.unverified} not verified`,
    ...(known.known + known.knownFalse === 0
      ? []
      : [
          row("recall", ({ caught }) => shareText(caught, known.known)),
          row("precision", ({ caught, caughtFalse }) => shareText(caught, caught + caughtFalse)),
        ]),
    ...missed.map(
      ({ incident, at, firstOut, peakLevel, byActive }) =>
        `  missed   ${timeText(at)} ${incident} ${peakLevel}, first ${firstOut}${byActive ? "; the active one catches it" : ""}`,
    ),
  ];
}

/** The table of a report. */
export function backtestLines(report: BacktestReport): readonly string[] {
  const { change, against, differences, alarms, examples, samples, samplesPerSecond } = report;
  const days = (report.to - report.from) / 86_400_000;
  const side = against === null ? "no version" : `version ${against}`;
  const planned = samplesPerSecond === 0 ? "-" : durationText((plannedSamples / samplesPerSecond) * 1000);
  return [
    `back-test of ${change.source}, rule ${change.rule} ${change.direction}: version ${change.version.version} against ${side}`,
    `${timeText(report.from)} to ${timeText(report.to)} (${days.toFixed(1)} days), from the ${report.source}`,
    `${report.points} points of ${report.sites.join(", ")}`,
    "",
    `  same ${differences.same}, ${differenceKinds.map((kind) => `${kind} ${differences[kind]}`).join(", ")}`,
    "",
    `  ${"".padEnd(24)} ${"active".padStart(10)} ${"candidate".padStart(10)}`,
    sideRow("alarms", (one) => String(one.annunciations), report),
    sideRow("alarms in a shift (12 h)", (one) => one.perShift.toFixed(2), report),
    sideRow("chattering alarms", (one) => String(one.chattering), report),
    sideRow("minutes in flood", (one) => String(one.floodMinutes), report),
    ...(alarms.length === 0 ? [] : ["", "  alarms that differ"]),
    ...alarms.slice(0, shownAlarms).map((one) => {
      const kinds = differenceKinds.flatMap((kind) => (one[kind] === 0 ? [] : [`${kind} ${one[kind]}`]));
      const by = [
        ...(one.earlier === 0 ? [] : [`earlier by ${durationText(one.earlierByMs)} at most`]),
        ...(one.later === 0 ? [] : [`later by ${durationText(one.laterByMs)} at most`]),
      ];
      return `  ${one.alarm}: ${[...kinds, ...by].join(", ")}`;
    }),
    ...(examples.length === 0 ? [] : ["", "  examples"]),
    ...examples.map(exampleRow),
    ...topRows("active", report.active),
    ...topRows("candidate", report.candidate),
    ...knownRows(report),
    "",
    `${samples} samples in ${(report.tookMs / 1000).toFixed(1)} s, ${samplesPerSecond} a second; 518 M samples (30 days of 2,000 points at 10 s) would take ${planned}`,
  ];
}
