// The two languages: looks a text up, fills its slots, and remembers which language is on.
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";
import type { Text } from "../../../contract/faults.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

type Catalogue = typeof zh;
/** The key of a text. */
export type TextKey = keyof Catalogue;
/** A language of the wall. */
export type Language = "zh" | "en";

type Slots<S extends string> = S extends `${string}{${infer Slot}}${infer Rest}` ? Slot | Slots<Rest> : never;
type Values<K extends TextKey> = [Slots<Catalogue[K]>] extends [never]
  ? []
  : [values: Readonly<Record<Slots<Catalogue[K]>, string | number>>];

/** The texts of the language that is on. */
export interface Words {
  readonly language: Readonly<ShallowRef<Language>>;
  /** The text of a key, with its slots filled. */
  readonly t: <K extends TextKey>(key: K, ...values: Values<K>) => string;
  /** A text of the plan in the language that is on. */
  readonly of: (text: Text) => string;
  readonly toggle: () => void;
}

const catalogues: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { zh, en };

/** The template with its `{slots}` filled. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}

/** The template with its slots filled; a [part] whose slot is unknown is left out, and an obligatory one is a dash. */
export function fillParts(template: string, values: Readonly<Record<string, string>>): string {
  const chosen = template.replaceAll(/\[([^\]]*)\]/g, (_all, part: string) =>
    [...part.matchAll(/\{(\w+)\}/g)].every((slot) => values[slot[1] ?? ""] !== undefined) ? part : "",
  );
  return chosen.replaceAll(/\{(\w+)\}/g, (_slot, name: string) => values[name] ?? "—");
}

/** The words, starting in a language; `remember` is told of each change. */
export function createWords(first: Language, remember: (language: Language) => void = () => {}): Words {
  const language = shallowRef(first);
  return {
    language,
    t: (key, ...values) => fill(catalogues[language.value][key], values[0] ?? {}),
    of: (text) => text[language.value],
    toggle() {
      language.value = language.value === "zh" ? "en" : "zh";
      remember(language.value);
    },
  };
}

/** Where the app hands its words to its components. */
export const wordsKey: InjectionKey<Words> = Symbol("words");

/** The app's words. */
export function useWords(): Words {
  const words = inject(wordsKey);
  if (words === undefined) throw new Error("the app provides no words");
  return words;
}
