// The mappings of `config/dialects`: how gateways' own JSON is read, every fault of shape named with its place.
import { join } from "node:path";
import { mappingFileSchema, mappingSchema, type Mapping } from "../../contract/mapping.ts";
import { createFaultList } from "./fault-list.ts";
import { readYamlFolder } from "./read-yaml.ts";
import { createWholeCheck } from "./shape.ts";

/** The mappings that were found, and what is wrong with them. */
export interface ReadMappings {
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly faults: readonly string[];
}

const checkFile = createWholeCheck(mappingFileSchema);
const checkInline = createWholeCheck(mappingSchema);

/** Reads `DIR/dialects/*.yaml`; `faultsOf` says what a right shape does not. */
export function readMappings(dir: string, faultsOf: (mapping: Mapping) => readonly string[]): ReadMappings {
  const faults = createFaultList();
  const mappings = new Map<string, Mapping>();
  for (const { file, content } of readYamlFolder(join(dir, "dialects"), faults).files) {
    const place = { file, path: "" };
    const written = checkFile(content, file, faults);
    if (written === undefined) continue;
    const { id, messages } = written;
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
