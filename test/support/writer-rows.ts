// The rows that the writing child and the test that kills it agree on: the n-th row is known to both.
import { qualities } from "../../contract/sample.ts";
import type { Row } from "./historian-rows.ts";

/** Points that take turns. */
export const writerPoints = ["hc-01/LT-101", "hc-01/GD-201.a", "tp-02/PH-7"] as const;
/** When the first row was measured, epoch ms. */
export const writerStart = 1_790_000_000_000;
const rowsPerWrite = 120;

/** The rows that follow a cursor, one batch of them. */
export function writerRowsAfter(cursor: number): Row[] {
  return Array.from({ length: rowsPerWrite }, (_, index) => rowAt(cursor + index));
}

function rowAt(position: number): Row {
  const sourceAt = writerStart + position * 100;
  return {
    point: writerPoints[position % writerPoints.length] ?? "",
    sourceAt,
    receivedAt: sourceAt + 35,
    value: position,
    quality: qualities[position % qualities.length] ?? "good",
  };
}
