// The survivors that are explained: a list in the docs that people read, and that the run holds to its word.

const entry = /^- (\S.*\S): `(.+?)` → (?:`(.+)`|without it)$/;

/**
 * Reads the list: below a heading that names a file, an entry a line, ``- `line`: `from` → `to` `` or `→ without it`. One
 * entry stands for one mutant, or for as many alike as stand on lines of that text.
 */
export function explainedIn(markdown) {
  const found = [];
  let file = null;
  for (const row of markdown.split("\n")) {
    const heading = /^#+ (.*)$/.exec(row);
    if (heading !== null) file = /^`(server\/domain\/\S+)`$/.exec(heading[1])?.[1] ?? null;
    const parts = file === null ? null : entry.exec(row);
    if (parts !== null) found.push({ file, line: parts[1].slice(1, -1), from: parts[2], to: parts[3] ?? "" });
  }
  return found;
}

function keyOf({ file, line, from, to }) {
  return [file, line, from, to].join("\n");
}

/** Which survivors nobody explained, and which explanations are of none that survives. */
export function verdictOf(survivors, explained) {
  const known = new Set(explained.map(keyOf));
  const alive = new Set(survivors.map(keyOf));
  return {
    unexplained: survivors.filter((mutant) => !known.has(keyOf(mutant))),
    stale: explained.filter((one) => !alive.has(keyOf(one))),
  };
}

/** An entry of the list as it is written there. */
export function entryOf({ line, from, to }) {
  return `- \`${line}\`: \`${from}\` → ${to === "" ? "without it" : `\`${to}\``}`;
}
