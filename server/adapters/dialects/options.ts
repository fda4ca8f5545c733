// What several dialects check in a device's options: no unknown key, and topics that are no one else's.

/** An MQTT filter that a device may name for itself. */
const maxFilterChars = 200;
const mostFilters = 16;

/** A sentence for every option that the dialect does not know. */
export function unknownOptions(options: Readonly<Record<string, unknown>>, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => `${key.slice(0, 64)}: unknown option; known are ${known.join(", ")}`);
}

/** What is wrong with a filter that a device shall publish under, or null. */
export function filterFault(filter: unknown): string | null {
  if (typeof filter !== "string" || filter === "" || filter.length > maxFilterChars) return "is no MQTT topic";
  const levels = filter.split("/");
  // Whoever may publish everywhere may speak for everybody.
  const first = levels[0] ?? "";
  if (/[#+]/u.test(first)) return "begins with a wildcard: the first level must be a word";
  if (first === "skyground") return "begins with skyground: those topics are the native dialect's";
  const isWrong = levels.some(
    (level, depth) => /.[#+]|[#+]./u.test(level) || (level === "#" && depth < levels.length - 1),
  );
  if (isWrong) return "has a wildcard that is no whole level, or # before its end";
  return /\p{Cc}/u.test(filter) ? "has control characters" : null;
}

/** Sentences about an option that lists topics. */
export function topicsFaults(name: string, topics: unknown): string[] {
  if (topics === undefined) return [];
  if (!Array.isArray(topics) || topics.length === 0 || topics.length > mostFilters) {
    return [`${name}: must be a list of 1 to ${mostFilters} topics`];
  }
  return topics.flatMap((topic: unknown) => {
    const fault = filterFault(topic);
    return fault === null ? [] : [`${name}: ${JSON.stringify(String(topic).slice(0, maxFilterChars))} ${fault}`];
  });
}
