// Reads the YAML files of a config directory; what cannot be read is a fault with its line.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseDocument, visit } from "yaml";
import type { FaultList } from "./fault-list.ts";

/** One file's content, by the name that faults call it. */
export interface YamlFile {
  readonly file: string;
  readonly content: unknown;
}

/** The files that were found, and whether all of them could be read. */
export interface YamlFolder {
  readonly files: readonly YamlFile[];
  readonly isWhole: boolean;
}

/** A city with every site is well below this; it keeps a wrong path from being read into memory. */
const largestFileBytes = 8 * 1024 * 1024;
/** Many points may share one anchor; nine lines of nested aliases may not become a gigabyte. */
const mostAliases = 10_000;

/** Every `*.yaml` and `*.yml` of a folder, by name; a folder that is not there is empty. */
export function readYamlFolder(folder: string, faults: FaultList): YamlFolder {
  let names: readonly string[];
  try {
    names = readdirSync(folder)
      .filter((name) => /\.ya?ml$/u.test(name))
      .toSorted();
  } catch (error) {
    if (isNotThere(error)) return { files: [], isWhole: true };
    faults.add({ file: folder, path: "" }, `cannot be read: ${messageOf(error)}`);
    return { files: [], isWhole: false };
  }
  const files = names.map((name) => readYamlFile(join(folder, name), faults));
  const readable = files.filter((file) => file !== undefined);
  return { files: readable, isWhole: readable.length === files.length };
}

/** One file; undefined where it is not there or cannot be read (the latter is a fault). */
export function readYamlFile(file: string, faults: FaultList): YamlFile | undefined {
  let source: string;
  try {
    if (statSync(file).size > largestFileBytes) {
      faults.add({ file, path: "" }, `larger than ${largestFileBytes} bytes`);
      return undefined;
    }
    source = readFileSync(file, "utf8");
  } catch (error) {
    if (!isNotThere(error)) faults.add({ file, path: "" }, `cannot be read: ${messageOf(error)}`);
    return undefined;
  }
  const lines = new LineCounter();
  // Merge keys (`<<`) let a plant file share what many of its points have in common.
  const document = parseDocument(source, { lineCounter: lines, merge: true, prettyErrors: false });
  for (const problem of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(problem.pos[0]);
    faults.add({ file, path: "" }, `line ${line}, column ${col}: ${problem.message}`);
  }
  let isSound = document.errors.length === 0 && document.warnings.length === 0;
  // The library finds these only when it makes the values, and no longer knows the line then. One walk knows every anchor above;
  // resolving each alias would walk the file once for each.
  const anchors = new Set<string>();
  visit(document, {
    Value: (_key, { anchor }) => {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Alias: (_key, alias) => {
      if (anchors.has(alias.source)) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      faults.add({ file, path: "" }, `line ${line}, column ${col}: nothing above is called &${alias.source}`);
      isSound = false;
    },
  });
  if (!isSound) return undefined;
  try {
    return { file, content: document.toJS({ maxAliasCount: mostAliases }) };
  } catch (error) {
    faults.add({ file, path: "" }, `cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
