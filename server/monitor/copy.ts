// A deep copy of plain data: for what is tried out beside the living state, and never touches it.

/** A copy of plain data, maps and columns of numbers; functions do not belong in it. */
export function copyOf<T>(data: T): T {
  if (typeof data !== "object" || data === null) return data;
  if (data instanceof Float64Array) return data.slice() as T;
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, copyOf(value)] as const)) as T;
  if (Array.isArray(data)) return data.map(copyOf) as T;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, copyOf(value)])) as T;
}
