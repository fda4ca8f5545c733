// The dialects of the house by their names, and what a registered device may do at a broker.
import type { DeviceEntry, DialectName } from "../../contract/register.ts";
import { commandTopicOf, topicOf } from "../../contract/topics.ts";
import type { Dialect } from "../adapters/dialects/dialect.ts";
import { hj212 } from "../adapters/dialects/hj212.ts";
import { influx } from "../adapters/dialects/influx.ts";
import { createJson, mappingFaults } from "../adapters/dialects/json.ts";
import { filterFault } from "../adapters/dialects/options.ts";
import { sparkplug } from "../adapters/dialects/sparkplug.ts";
import { thingsboard } from "../adapters/dialects/thingsboard.ts";
import { mappingShapeFaults, readMappings } from "../config/mapping.ts";

/** Every dialect that is not the native one. */
export type Dialects = { readonly [name in Exclude<DialectName, "native">]?: Dialect };

/** MQTT filters under which a device may publish and subscribe. */
export interface Topics {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The dialects, with the mappings of a configuration; throws `ConfigFaults` where one of those is wrong. */
export function createDialects(configDir: string): Dialects {
  const { mappings, faults } = readMappings(configDir, mappingFaults);
  if (faults.length > 0) {
    throw Object.assign(new Error("the configuration has faults"), { name: "ConfigFaults", faults });
  }
  return { thingsboard, sparkplug, influx, hj212, json: createJson({ mappings, shapeFaults: mappingShapeFaults }) };
}

/** What is wrong with a device's options, a sentence each. */
export function optionFaults(dialects: Dialects, { dialect, options }: DeviceEntry): readonly string[] {
  if (dialect === "native") return Object.keys(options).map((key) => `${key}: the native dialect has no options`);
  return dialects[dialect]?.check(options) ?? [`${dialect}: this server does not have this dialect`];
}

/** Where a device may publish and subscribe: by its dialect, and never under the native topics of others. */
export function topicsOf(dialects: Dialects, entry: DeviceEntry): Topics & { readonly isShared: boolean } {
  const { site, device, dialect } = entry;
  if (dialect === "native") {
    const publish = (["telemetry", "state", "command/ack"] as const).map((kind) => topicOf(site, device, kind));
    return { publish, subscribe: [commandTopicOf(site, device)], isShared: false };
  }
  const topics = dialects[dialect]?.topics(entry) ?? { publish: [], subscribe: [] };
  const own = (filters: readonly string[]): readonly string[] =>
    filters.filter((filter) => filterFault(filter) === null);
  return { publish: own(topics.publish), subscribe: own(topics.subscribe), isShared: topics.isShared ?? false };
}
