// What a scenario file says of one action, read and checked.
import type { Breakage } from "../faults.ts";
import type { Action } from "./part.ts";
import type { Fields, Reader } from "./reader.ts";

const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 1e6;
const MOST_HELD = 10_000;

/** One mapping of the file with its path. */
interface Entry {
  readonly fields: Fields;
  readonly number: (key: string, low: number, high: number) => number;
  readonly text: (key: string) => string;
  readonly numbers: (key: string, low: number, high: number) => Readonly<Record<string, number>>;
  readonly forMs: () => number;
}

function readBreakage(reader: Reader, { fields, number }: Entry, path: string): Breakage {
  switch (fields["breakage"]) {
    case "stuck":
      return { kind: "stuck" };
    case "spike":
      return { kind: "spike", size: number("size", -1e6, 1e6), oneIn: number("oneIn", 1, 1e6) };
    case "chatter":
      return {
        kind: "chatter",
        size: number("size", -1e6, 1e6),
        onMs: number("onSeconds", 0.1, 86_400) * 1000,
        offMs: number("offSeconds", 0.1, 86_400) * 1000,
      };
    case "drift":
      return { kind: "drift", perHour: number("perHour", -1e6, 1e6) };
    case "fixed":
      return { kind: "fixed", value: number("value", -1e6, 1e6) };
    case "dropout":
      return { kind: "dropout" };
    case "clockSkew":
      return { kind: "clockSkew", byMs: number("bySeconds", -86_400, 86_400) * 1000 };
    case "duplicates":
      return { kind: "duplicates", oneIn: number("oneIn", 1, 1e6) };
    case "late":
      return { kind: "late", limit: MOST_HELD };
    default:
      reader.wrong(`${path}.breakage`, "stuck, spike, chatter, drift, fixed, dropout, clockSkew, duplicates or late");
      return { kind: "stuck" };
  }
}

const ground = ["creep", "rainStep", "resurvey", "piping", "stopPiping", "rain", "blockDecant"] as const;
const gas = ["stopLeak", "leak", "plume"] as const;
const plant = ["fill", "stopFill", "loseCooling", "quench"] as const;
const link = ["break", "outage"] as const;

function readGas(kind: (typeof gas)[number], { number, text, numbers }: Entry): Action {
  switch (kind) {
    case "leak":
      return {
        do: "leak",
        point: text("point"),
        target: number("target", 0, 1e6),
        sourceTauS: number("sourceTauS", 1, 86_400),
        delayS: number("delayS", 0, 3600),
        t90S: number("t90S", 1, 600),
        neighbours: numbers("neighbours", 0, 1),
      };
    case "plume":
      return {
        do: "plume",
        holeMm: number("holeMm", 0.1, 100),
        pressureMPa: number("pressureMPa", 0.2, 10),
        windMs: number("windMs", 0.5, 30),
        gustSigma: number("gustSigma", 0, 1),
        meanderDeg: number("meanderDeg", 0, 60),
        t90S: number("t90S", 1, 600),
        downwindM: numbers("downwindM", 1, 1000),
      };
    case "stopLeak":
      return { do: "stopLeak" };
  }
}

function readGround(kind: (typeof ground)[number], { number, numbers }: Entry): Action {
  switch (kind) {
    case "rain":
      return {
        do: "rain",
        totalMm: number("totalMm", 0, 2000),
        hours: number("hours", 0.1, 240),
        peakAt: number("peakAt", 0.01, 0.99),
      };
    case "blockDecant":
      return { do: "blockDecant", blockage: number("blockage", 0, 1) };
    case "creep":
      return {
        do: "creep",
        startMmPerDay: number("startMmPerDay", 0, 1000),
        failureDays: number("failureDays", 0.01, 365),
        shares: numbers("shares", 0, 1),
      };
    case "rainStep":
      return {
        do: "rainStep",
        startMmPerDay: number("startMmPerDay", 0, 1000),
        recessionDays: number("recessionDays", 0.01, 365),
      };
    case "resurvey":
      return { do: "resurvey" };
    case "piping":
      return { do: "piping", tauHours: number("tauHours", 0.1, 1000), depthDropM: number("depthDropM", 0, 50) };
    case "stopPiping":
      return { do: "stopPiping" };
  }
}

function readPlant(kind: (typeof plant)[number], { fields, number, text }: Entry): Action {
  switch (kind) {
    case "fill":
      return {
        do: "fill",
        point: text("point"),
        flowM3h: number("flowM3h", -2000, 2000),
        fromPercent: fields["fromPercent"] === undefined ? null : number("fromPercent", 0, 100),
      };
    case "stopFill":
    case "loseCooling":
    case "quench":
      return { do: kind };
  }
}

/** Reads one action; where it is none, a harmless one stands in for it beside its fault. */
export function readAction(reader: Reader, fields: Fields, path: string): Action {
  const entry: Entry = {
    fields,
    number: (key, low, high) => reader.number(fields[key], `${path}.${key}`, low, high),
    text: (key) => reader.text(fields[key], `${path}.${key}`),
    numbers: (key, low, high) => reader.numbers(fields[key], `${path}.${key}`, low, high),
    forMs: () => reader.number(fields["forMinutes"], `${path}.forMinutes`, 0.01, LONGEST_MINUTES) * MINUTE_MS,
  };
  const kind = reader.oneOf(fields["do"], `${path}.do`, [...gas, ...ground, ...plant, ...link]);
  switch (kind) {
    case "leak":
    case "plume":
    case "stopLeak":
      return readGas(kind, entry);
    case "fill":
    case "stopFill":
    case "loseCooling":
    case "quench":
      return readPlant(kind, entry);
    case "break": {
      const breakage = readBreakage(reader, entry, path);
      return { do: "break", point: entry.text("point"), breakage, forMs: entry.forMs() };
    }
    case "outage":
      return { do: "outage", forMs: entry.forMs(), isBackfilled: fields["backfill"] === true };
    case "rain":
    case "blockDecant":
    case "creep":
    case "rainStep":
    case "resurvey":
    case "piping":
    case "stopPiping":
      return readGround(kind, entry);
  }
}
