// Sparkplug B messages: what Tahu's client sent, as it stands in `shared/` beside the checkout, and what may come besides.
import { readFileSync } from "node:fs";
import { writePayload, type WireMetric, type WirePayload } from "../../server/adapters/dialects/sparkplug-payload.ts";

const samples = new URL("../../../shared/data/samples/sparkplug_b_vectors.json", import.meta.url);

interface Sample {
  readonly topic: string;
  readonly hex: string;
}

/** A message, by its topic. */
export interface SparkplugVector {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** What Tahu's sparkplug-client 3.2.4 sent: birth of an edge node and a device, data, a null, both deaths. */
export const tahuVectors: readonly SparkplugVector[] = (JSON.parse(readFileSync(samples, "utf8")) as Sample[]).map(
  ({ topic, hex }) => ({ topic, payload: Buffer.from(hex, "hex") }),
);

/** A metric of which only that is said what differs from nothing. */
export function metricOf(rest: Partial<WireMetric>): WireMetric {
  return {
    name: null,
    alias: null,
    timestamp: null,
    datatype: 0,
    isHistorical: false,
    isNull: false,
    quality: null,
    value: null,
    ...rest,
  };
}

/** A payload's bytes. */
export function payloadOf(
  metrics: readonly Partial<WireMetric>[],
  rest: Partial<Omit<WirePayload, "metrics">> = {},
): Uint8Array {
  return writePayload({ timestamp: null, seq: null, uuid: null, ...rest, metrics: metrics.map(metricOf) });
}

/** Messages for whoever reads this dialect: those of Tahu, and every kind of metric, flag and type beside them. */
export const sparkplugVectors: readonly SparkplugVector[] = [
  ...tahuVectors,
  ...Array.from({ length: 20 }, (_, datatype): SparkplugVector => {
    const common = { alias: "7", datatype, timestamp: 1_790_000_000_000, isHistorical: datatype % 3 === 0 };
    return {
      topic: "spBv1.0/TSF_Group/DDATA/gw01/piezo01",
      payload: payloadOf(
        [
          { ...common, value: { as: "integer", bits: 0xffff_ffffn } },
          { ...common, value: { as: "real", value: 1.5 }, quality: 192 },
          { ...common, value: { as: "string", value: "1.5" } },
          { ...common, value: { as: "boolean", value: true }, isNull: datatype % 2 === 0 },
          { ...common, value: { as: "other" } },
        ],
        { seq: datatype, timestamp: 1_790_000_000_000 },
      ),
    };
  }),
];
