// Texts as people write them, in one language or two, made into both.
import type { Text } from "../../contract/faults.ts";
import type { TextFile } from "./written.ts";

/** Both languages of a text; one language serves for the other where it stands alone. */
export function textOf(text: TextFile | undefined, otherwise: string): Text {
  if (text === undefined) return { zh: otherwise, en: otherwise };
  if (typeof text === "string") return { zh: text, en: text };
  return { zh: text.zh ?? text.en ?? otherwise, en: text.en ?? text.zh ?? otherwise };
}
