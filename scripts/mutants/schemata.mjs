// All mutants of a file in one text: each stands behind a switch, so that the tests choose one without loading anew.
import { loopBodies } from "./operators.mjs";

/** What stands around a piece of the text that its mutants exchange: one switch after the other, then the piece. */
function around(mutants) {
  const [{ start, end, isStatement }] = mutants;
  // Braces outside, so that an else stays with its own if.
  if (isStatement) return { start, end, before: `{ if (!__mutants.is(${mutants[0].id})) { `, after: " } }" };
  const switches = mutants.map(({ id, text }) => `(__mutants.is(${id}) ? (${text}) : `);
  return { start, end, before: `${switches.join("")}(`, after: ")".repeat(mutants.length + 1) };
}

function byPiece(mutants) {
  const pieces = new Map();
  for (const mutant of mutants) {
    const key = `${mutant.start} ${mutant.end}`;
    pieces.set(key, [...(pieces.get(key) ?? []), mutant]);
  }
  return [...pieces.values()];
}

/** What stands around what, the outer ones first. */
function wrappings(file, text, mutants) {
  const loops = loopBodies(file, text).map(([start, end]) => {
    return { start, end, before: "{ __mutants.turn(); ", after: " }" };
  });
  return [...loops, ...byPiece(mutants).map(around)].toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** The text with every mutant (each with its `id`) behind `__mutants.is(id)`, on the lines that it had. */
export function withSwitches(file, text, mutants) {
  const places = new Map();
  const at = (place) => {
    if (!places.has(place)) places.set(place, { closing: [], opening: [] });
    return places.get(place);
  };
  for (const { start, end, before, after } of wrappings(file, text, mutants)) {
    at(start).opening.push(before);
    at(end).closing.unshift(after);
  }
  let out = "const __mutants = globalThis.skygroundMutants; ";
  let done = 0;
  for (const [place, { closing, opening }] of [...places].toSorted(([a], [b]) => a - b)) {
    out += text.slice(done, place) + closing.join("") + opening.join("");
    done = place;
  }
  return out + text.slice(done);
}
