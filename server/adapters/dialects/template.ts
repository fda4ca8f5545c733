// Topic templates such as `/neuron/{node}/upload`: read against a topic, filled from its parts, and as a filter.

/** Parts of a topic by their names. */
export type Parts = Readonly<Record<string, string>>;

const part = /^\{(?<name>[a-z][A-Za-z0-9]*)\}$/u;

function nameOf(level: string): string | undefined {
  return part.exec(level)?.groups?.["name"];
}

/** The names in a template. */
export function partsOf(template: string): readonly string[] {
  return template.split("/").flatMap((level) => nameOf(level) ?? []);
}

/** The parts of a topic that follows the template and has what is fixed, or null. */
export function matchTemplate(template: string, topic: string, fixed: Parts): Parts | null {
  const wanted = template.split("/");
  const levels = topic.split("/");
  if (wanted.length !== levels.length) return null;
  const parts = Object.create(null) as Record<string, string>;
  for (const [depth, level] of levels.entries()) {
    const word = wanted[depth] ?? "";
    const name = nameOf(word);
    const needed = name === undefined ? word : fixed[name];
    if (needed !== undefined && needed !== level) return null;
    if (name !== undefined) parts[name] = level;
  }
  return parts;
}

/** The topic that a template makes of parts, or null where one is missing. */
export function fillTemplate(template: string, parts: Parts): string | null {
  const levels = template.split("/").map((level) => {
    const name = nameOf(level);
    return name === undefined ? level : parts[name];
  });
  return levels.includes(undefined) ? null : levels.join("/");
}

/** The MQTT filter of everything that the template may stand for, narrowed by what is fixed. */
export function filterOf(template: string, fixed: Parts): string {
  return template
    .split("/")
    .map((level) => {
      const name = nameOf(level);
      return name === undefined ? level : (fixed[name] ?? "+");
    })
    .join("/");
}
