// Reads the fields of a scenario file and keeps a list of everything that is wrong with them, each with its path.

/** A mapping of unchecked fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** Gives a field of the wanted kind, or a harmless one and a fault. */
export interface Reader {
  readonly wrong: (path: string, need: string) => void;
  readonly fields: (value: unknown, path: string) => Fields;
  readonly list: (value: unknown, path: string) => readonly unknown[];
  readonly text: (value: unknown, path: string) => string;
  readonly number: (value: unknown, path: string, low: number, high: number) => number;
  readonly oneOf: <T extends string>(value: unknown, path: string, choice: readonly [T, ...T[]]) => T;
  /** Numbers by name, such as shares by point code; none where the field is absent. */
  readonly numbers: (value: unknown, path: string, low: number, high: number) => Readonly<Record<string, number>>;
  /** To be called at the end: every key that nobody has asked for is a fault. */
  readonly refuseUnread: () => void;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Builds a reader that adds what it finds wrong to `faults`. */
export function createReader(faults: string[]): Reader {
  const wrong = (path: string, need: string): void => {
    faults.push(`${path}: must be ${need}`);
  };
  const unread = new Set<string>();
  const fields = (value: unknown, path: string): Fields => {
    if (!isFields(value)) {
      wrong(path, "a mapping");
      return {};
    }
    for (const key of Object.keys(value)) unread.add(`${path}.${key}`);
    return new Proxy(value, {
      get: (of, key) => {
        unread.delete(`${path}.${String(key)}`);
        return Reflect.get(of, key);
      },
    });
  };
  const number = (value: unknown, path: string, low: number, high: number): number => {
    if (typeof value === "number" && value >= low && value <= high) return value;
    wrong(path, `a number from ${low} to ${high}`);
    return low;
  };
  return {
    wrong,
    fields,
    number,
    list: (value, path) => {
      if (Array.isArray(value)) return value;
      wrong(path, "a list");
      return [];
    },
    text: (value, path) => {
      if (typeof value === "string" && value !== "") return value;
      wrong(path, "a text");
      return "";
    },
    oneOf: (value, path, choice) => {
      const found = choice.find((one) => one === value);
      if (found === undefined) wrong(path, choice.join(", "));
      return found ?? choice[0];
    },
    numbers: (value, path, low, high) => {
      const entries = Object.entries(fields(value ?? {}, path));
      return Object.fromEntries(entries.map(([key, one]) => [key, number(one, `${path}.${key}`, low, high)]));
    },
    refuseUnread: () => {
      for (const path of unread) faults.push(`${path}: is not known here`);
    },
  };
}
