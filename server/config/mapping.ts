// The mappings of `config/dialects`: how gateways' own JSON is read, every fault of shape named with its place.
import { join } from "node:path";
import { mappingFileSchema, mappingSchema, type Mapping } from "../../contract/mapping.ts";
import { createFaultList } from "./fault-list.ts";
import { readYamlFolder } from "./read-yaml.ts";
import { createShapeCheck } from "./shape.ts";

/** The mappings that were found, and what is wrong with them. */
export interface ReadMappings {
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly faults: readonly string[];
}

const checkFile = createShapeCheck(mappingFileSchema);
const checkInline = createShapeCheck(mappingSchema);

/** Reads `DIR/dialects/*.yaml`; `faultsOf` says what a right shape does not. */
export function readMappings(dir: string, faultsOf: (mapping: Mapping) => readonly string[]): ReadMappings {
  const faults = createFaultList();
  const mappings = new Map<string, Mapping>();
  for (const { file, content } of readYamlFolder(join(dir, "dialects"), faults).files) {
    const place = { file, path: "" };
    const { id, messages } = checkFile(content, file, faults);
    // What does not fit is taken out, so that the rest can be looked at: here nothing is left to look at.
    if (faults.lines().some((line) => line.startsWith(`${file}:`))) continue;
    for (const fault of faultsOf({ messages })) faults.add(place, fault);
    if (mappings.has(id)) faults.add({ file, path: "id" }, `${id} is the name of another mapping`);
    mappings.set(id, { messages });
  }
  return { mappings, faults: faults.lines() };
}

/** What is wrong with the shape of a mapping that stands in a device's options. */
export function mappingShapeFaults(mapping: unknown): readonly string[] {
  if (typeof mapping !== "object" || mapping === null) return ["must be the name of a mapping, or one written out"];
  const faults = createFaultList();
  checkInline(mapping, "mapping", faults);
  return faults.lines();
}
