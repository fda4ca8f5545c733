// The bare words NaN and Infinity in JSON text, as Python's json.dumps and C's printf write them.

const words = new Set(["nan", "inf", "infinity"]);
/** Legal JSON for a number that no double can hold: it parses to Infinity and is refused as one value. */
const tooLarge = "1e999";

/**
 * The text with every such word outside of strings replaced by a number too large for a double,
 * or null where there is none: one wrong value must not cost its neighbours in the same message.
 * A scanner and no pattern, because a pattern over a string that never ends takes quadratic time.
 */
export function nameNotFinite(text: string): string | null {
  let repaired = "";
  let copiedTo = 0;
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = afterString(text, at);
    } else if (isLetter(unit)) {
      const end = afterLetters(text, at);
      // No word is longer than "infinity"; a run of 100,000 letters need not be copied to know that.
      if (end - at <= 8 && words.has(text.slice(at, end).toLowerCase())) {
        repaired += text.slice(copiedTo, at) + tooLarge;
        copiedTo = end;
      }
      at = end;
    } else {
      at++;
    }
  }
  return copiedTo === 0 ? null : repaired + text.slice(copiedTo);
}

function afterString(text: string, quoteAt: number): number {
  for (let at = quoteAt + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === 0x22) return at + 1;
  }
  return text.length;
}

function afterLetters(text: string, from: number): number {
  let at = from;
  while (at < text.length && isLetter(text.charCodeAt(at))) at++;
  return at;
}

function isLetter(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
}
