// What a typed password must be (OWASP ASVS 4.0.3 V2.1): long, and nothing that everybody would try first.
import type { RegisterFault } from "./entries.ts";

/** ASVS 2.1.1 and 2.1.2, in characters as a person counts them. */
const LEAST = 12;
const MOST = 128;
/** So much must be left of it once everything that anybody would guess is taken out. */
const LEAST_OWN = 4;
const LEAST_DIFFERENT = 5;

/** What people put together into a password that only looks long; each part is taken out wherever it stands. */
const obvious = [
  "skyground 天地眼 skyeye monitor monitoring alarm alert warning wall dashboard duty dutyofficer officer supervisor",
  "administrator admin viewer enterprise operator user guest test demo root system server login default changeme change",
  "temporary temp initial password passwort passwd pass pwd word secret welcome hello letmein letme enter open sesame",
  "access master super manager company office safety emergency china guangdong shanwei",
  "shenzhen beijing qwertyuiop qwerty qwertz azerty asdfghjkl asdfgh asdf zxcvbnm zxcvbn zxcv qazwsxedc qazwsx 1qaz2wsx",
  "1q2w3e4r5t 1q2w3e4r q1w2e3r4 abcdefghijkl abcdefgh abcdef abcd abc123 abc xyz iloveyou loveyou love princess sunshine",
  "dragon monkey football baseball superman batman michael jordan computer internet samsung iphone google baidu tencent",
  "woaini aini wobuzhidao mima mimashi nihao zhongguo shouye guanli guanliyuan anquan jiankong yujing zhiban yingji",
  "spring summer autumn winter january february march april june july august september october november december",
  "monday tuesday wednesday thursday friday saturday sunday number one two three four five six seven eight nine zero",
  "密码 管理员 值班 值班员 应急 监测 预警 安全 汕尾 中国 你好",
].flatMap((line) => line.split(" "));
// Longest first, or "pass" would leave "word" of "password" behind.
const guessed = obvious.toSorted((a, b) => b.length - a.length);
/** 0 for o, 3 for e and the like hide nothing. */
const looksLike: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "@": "a",
  $: "s",
};

/** Why a person's own choice is not taken; null where it is. No rule asks for digits or signs (ASVS 2.1.9). */
export function faultOfPassword(password: string, name: string): RegisterFault | null {
  const typed = password.normalize("NFKC");
  // ASVS 2.1.1 counts several spaces as one.
  const letters = Array.from(typed);
  const length = Array.from(typed.replace(/ +/g, " ")).length;
  if (length < LEAST || letters.length > MOST) return "passwordInvalid";
  return isObvious(typed.toLowerCase(), name.normalize("NFKC").toLowerCase()) ? "passwordCommon" : null;
}

function isObvious(typed: string, name: string): boolean {
  if (new Set(typed).size < LEAST_DIFFERENT) return true;
  const plain = Array.from(typed, (letter) => looksLike[letter] ?? letter).join("");
  return [typed, plain].some((text) => ownPartOf(text, name).length < LEAST_OWN);
}

/** What is left without the person's name, the obvious words, digits and signs. */
function ownPartOf(text: string, name: string): string {
  const words = [name, ...name.split(/[._-]/)].filter((word) => word.length > 2);
  let rest = text;
  for (const word of [...words, ...guessed]) rest = rest.replaceAll(word, "");
  const letters = rest.replace(/[^\p{L}]/gu, "");
  // All digits may still be nobody's guess, if they are many and in no order.
  const digits = rest.replace(/\D/g, "");
  return letters.length >= LEAST_OWN || isRun(digits) ? letters : letters + digits.slice(LEAST_OWN);
}

/** 0123456789, 9876543210, 20262026: each step the same, or a part said again. */
function isRun(digits: string): boolean {
  const steps = new Set(
    Array.from(digits.slice(1), (digit, index) => (Number(digit) - Number(digits[index]) + 10) % 10),
  );
  return steps.size < 3 || /^(.{1,6})\1+.{0,5}$/.test(digits);
}
