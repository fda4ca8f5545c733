// The initials by which one finds a Chinese name on a keyboard, without a dictionary: by where each glyph sorts.

/** The first glyph of each initial in the order of pinyin; no syllable begins with i, u or v. */
const firsts = "阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥扨它穵夕丫帀";
const initials = "abcdefghjklmnopqrstwxyz";
const collator = new Intl.Collator("zh-Hans-u-co-pinyin");

function initialOf(glyph: string): string {
  if (!/\p{Script=Han}/u.test(glyph)) return glyph.toLowerCase();
  let found = "";
  for (const [place, first] of Array.from(firsts).entries()) {
    if (collator.compare(glyph, first) < 0) break;
    found = initials[place] ?? "";
  }
  return found;
}

/** `可塘晶石` is `ktjs`; what is no Chinese glyph stays what it is. Of a glyph with several readings the commonest counts. */
export function initialsOf(name: string): string {
  return Array.from(name, initialOf).join("");
}
