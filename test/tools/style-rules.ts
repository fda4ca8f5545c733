// What the lint stops beside the arrows: each rule of style, broken once.

const src = "dashboard/src";

/** Files that each break one rule; `line` (from 0) is where. */
export interface Broken {
  readonly file: string;
  readonly code: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** A file that breaks a rule of style in this line. */
function broken(file: string, code: string, lines: readonly string[], line = 0): Broken {
  return { file, code, line, lines };
}

/** The rules of style beside the arrows, each broken once. */
export const rules: readonly Broken[] = [
  broken("server/adapters/one.ts", "no-explicit-any", ["export const x = (y: any): unknown => y;"]),
  broken(
    "server/adapters/two.ts",
    "no-floating-promises",
    ["const late = async (): Promise<void> => {};", "late();"],
    1,
  ),
  broken(
    "server/adapters/three.ts",
    "switch-exhaustiveness-check",
    ['export function f(x: "a" | "b"): void {', "  switch (x) {", '    case "a":', "      break;", "  }", "}"],
    1,
  ),
  broken("server/adapters/four.ts", "consistent-type-imports", [
    'export type Q = import("../../contract/level.ts").Level;',
  ]),
  broken("server/adapters/five.ts", "explicit-module-boundary-types", [
    "export function f(x: number) {",
    "  return x;",
    "}",
  ]),
  broken("server/adapters/six.ts", "no-default-export", ["export default 1;"]),
  broken("server/adapters/seven.ts", "no-console", ["console.log(1);"]),
  broken("server/adapters/eight.ts", "no-restricted-globals", ["export const env = process.env;"]),
  broken("server/adapters/nine.ts", "no-restricted-globals", ["export const env = globalThis.process.env;"]),
  broken(
    "server/adapters/ten.ts",
    "max-lines",
    Array.from({ length: 301 }, (_, at) => `export const x${at} = ${at};`),
    300,
  ),
  broken("contract/round.ts", "no-cycle", [
    'import { trip } from "./trip.ts";',
    "export const round = (): unknown => trip;",
  ]),
  broken("contract/trip.ts", "no-cycle", [
    'import { round } from "./round.ts";',
    "export const trip = (): unknown => round;",
  ]),
  broken(`${src}/charts/second-chart.ts`, "no-restricted-imports", [
    'import { init } from "echarts/core";',
    "export const make = init;",
  ]),
  broken(`${src}/charts/all.ts`, "no-restricted-imports", [
    'import * as echarts from "echarts";',
    "export const make = echarts.init;",
  ]),
  broken(`${src}/parts/caller.ts`, "no-restricted-globals", ['export const get = (): unknown => fetch("/health");']),
  broken(`${src}/parts/socket.ts`, "no-restricted-globals", [
    'export const open = (): unknown => new WebSocket("ws://127.0.0.1");',
  ]),
];
