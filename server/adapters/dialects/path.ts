// The mapper's small path language: where the entries of a message lie, and what is read beside each of them.

interface Steps {
  /** As written: what two paths share is found by it. */
  readonly words: readonly string[];
  readonly steps: readonly { readonly kind: "child" | "keys" | "items"; readonly key: string | number }[];
}

/** One entry: the nodes from the root down to it, and the keys and indexes that its wildcards stand for. */
export interface Entry {
  readonly nodes: readonly unknown[];
  readonly keys: readonly string[];
}

/** Where something of an entry is found. */
export type Source = (entry: Entry, topic: Readonly<Record<string, string>>) => unknown;

/** A word of the path for each step. */
function wordsOf(path: string): readonly string[] {
  return path.match(/[^.[\]]+|\[[^\]]*\]/gu) ?? [];
}

function stepsOf(path: string): Steps {
  const words = wordsOf(path);
  return {
    words,
    steps: words.map((word) => {
      if (word === "*") return { kind: "keys", key: word };
      if (word === "[*]") return { kind: "items", key: word };
      if (word.startsWith("[")) return { kind: "child", key: Number(word.slice(1, -1)) };
      return { kind: "child", key: word };
    }),
  };
}

/** A reader of every entry under a path; false where there is nothing at its first wildcard, or at its end. */
export function entriesOf(path: string): (root: unknown, visit: (entry: Entry) => void) => boolean {
  const { steps } = stepsOf(path);
  const walk = (nodes: readonly unknown[], keys: readonly string[], visit: (entry: Entry) => void): boolean => {
    const step = steps[nodes.length - 1];
    const node = nodes.at(-1);
    if (step === undefined) {
      visit({ nodes, keys });
      return true;
    }
    const descend = (key: string, child: unknown): void => void walk([...nodes, child], [...keys, key], visit);
    if (step.kind === "items") {
      if (!Array.isArray(node)) return false;
      for (const [index, child] of node.entries()) descend(String(index), child);
      return true;
    }
    if (step.kind === "keys") {
      if (!isObject(node)) return false;
      for (const key of Object.keys(node)) descend(key, node[key]);
      return true;
    }
    const child = childOf(node, step.key);
    return child === undefined ? false : walk([...nodes, child], keys, visit);
  };
  return (root, visit) => walk([root], [], visit);
}

/**
 * A source, read beside an entry: a path from the root, in which what it shares with the entries' own path is this very
 * entry's; `@key` the last key or index of the entry, `@key1` its first; `$part` a part of the topic.
 */
export function sourceOf(source: string, entries: string | null): Source {
  if (source.startsWith("$")) {
    const part = source.slice(1);
    return (_, topic) => (Object.hasOwn(topic, part) ? topic[part] : undefined);
  }
  if (source.startsWith("@key")) {
    const place = source === "@key" ? -1 : Number(source.slice(4)) - 1;
    return ({ keys }) => keys.at(place);
  }
  const { words, steps } = stepsOf(source);
  const shared = sharedWith(words, entries);
  const rest = steps.slice(shared);
  return ({ nodes }) => rest.reduce<unknown>((node, { key }) => childOf(node, key), nodes[shared]);
}

function sharedWith(words: readonly string[], entries: string | null): number {
  const own = entries === null ? [] : wordsOf(entries);
  const differ = words.findIndex((word, place) => word !== own[place]);
  return differ === -1 ? words.length : differ;
}

/** What keeps a source from being read beside such entries, or null. */
export function sourceFault(source: string, entries: string | null, parts: readonly string[]): string | null {
  if (source.startsWith("$")) return parts.includes(source.slice(1)) ? null : "no topic has a part of that name";
  const wildcards = (entries === null ? [] : wordsOf(entries)).filter((word) => word === "*" || word === "[*]").length;
  if (source.startsWith("@key")) {
    const place = source === "@key" ? 1 : Number(source.slice(4));
    return place <= wildcards ? null : "the entries have no such * or [*]";
  }
  const words = wordsOf(source);
  const isOpen = words.slice(sharedWith(words, entries)).some((word) => word === "*" || word === "[*]");
  return isOpen ? "has a * or [*] that the entries do not have" : null;
}

/** Own keys alone: nothing that every object has was sent by the gateway. */
function childOf(node: unknown, key: string | number): unknown {
  if (typeof key === "number") return Array.isArray(node) ? (node as readonly unknown[])[key] : undefined;
  return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
