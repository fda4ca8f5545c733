// One line of the doctor.

/** What was found: well, worth a look, or not fit to run; what it is, and what to do about it. */
export interface Found {
  readonly state: "ok" | "warn" | "bad";
  readonly what: string;
  readonly todo?: string;
}

/** Looks, and tells of what is thrown as bad. */
export function attempt(what: string, todo: string, look: () => Found | readonly Found[]): readonly Found[] {
  try {
    return [look()].flat();
  } catch (error) {
    const reasons: string[] = [];
    for (let link: unknown = error; link instanceof Error; link = link.cause) reasons.push(link.message);
    return [{ state: "bad", what: `${what}: ${reasons.join(": ")}`, todo }];
  }
}
