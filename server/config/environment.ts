// Variables of the environment read one by one: texts, secrets, addresses, numbers and words, every fault named.
import { readFileSync } from "node:fs";

/** The environment as an argument: only main touches the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables; what is wrong with one is added to the faults. */
export interface Reader {
  readonly text: (name: string) => string | undefined;
  /** A text that may also come from the file that `name_FILE` names (docker secrets). */
  readonly secret: (name: string) => string | undefined;
  readonly url: (name: string, protocols: readonly string[]) => string | undefined;
  readonly integer: (name: string, bounds: { readonly least: number; readonly most: number }) => number | undefined;
  readonly flag: (name: string) => boolean | undefined;
  readonly oneOf: <T extends string>(name: string, words: readonly T[]) => T | undefined;
}

/** Makes a reader of an environment. */
export function createReader(environment: Environment, faults: string[]): Reader {
  const text = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  };
  const oneOf = <T extends string>(name: string, words: readonly T[]): T | undefined => {
    const value = text(name);
    const word = words.find((each) => each === value);
    if (value !== undefined && word === undefined) faults.push(`${name}: "${value}" is none of ${words.join(", ")}`);
    return word;
  };
  return {
    text,
    oneOf,
    secret: (name) => secretOf(name, environment, faults),
    url: (name, protocols) => {
      const value = text(name);
      if (value === undefined) return undefined;
      // The value is not repeated in the fault: it may carry a password.
      if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
      faults.push(`${name}: is no address that begins with ${protocols.map((each) => `${each}//`).join(" or ")}`);
      return undefined;
    },
    integer: (name, { least, most }) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = /^\d{1,9}$/u.test(value) ? Number(value) : Number.NaN;
      if (number >= least && number <= most) return number;
      faults.push(`${name}: "${value}" is no whole number from ${least} to ${most}`);
      return undefined;
    },
    flag: (name) => {
      const word = oneOf(name, ["1", "true", "yes", "0", "false", "no"]);
      return word === undefined ? undefined : word === "1" || word === "true" || word === "yes";
    },
  };
}

/** Never trimmed but for the line end that editors leave: a password may begin with a space. */
function secretOf(name: string, environment: Environment, faults: string[]): string | undefined {
  const value = environment[name];
  const file = environment[`${name}_FILE`]?.trim();
  const hasValue = value !== undefined && value !== "";
  if (file === undefined || file === "") return hasValue ? value : undefined;
  if (hasValue) {
    faults.push(`${name}_FILE: is set beside ${name}: keep one of them`);
    return undefined;
  }
  try {
    const content = readFileSync(file, "utf8").replace(/\r?\n$/u, "");
    if (content !== "") return content;
    faults.push(`${name}_FILE: ${file} is empty`);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    faults.push(`${name}_FILE: ${file} cannot be read (${reason})`);
  }
  return undefined;
}
