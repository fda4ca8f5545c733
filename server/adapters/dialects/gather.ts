// Values of a gateway on their way into native objects: in their order, one object for each time, and no more than fit.
import type { NativeObject, Translation } from "./dialect.ts";

/** As many values as a native message may have objects; a gateway that sends more is refused as a whole. */
export const mostValues = 10_000;
const maxExcerptChars = 120;

/** What a message is gathered into. */
export interface Gathering {
  /** A value, measured at an instant, epoch ms; undefined: the server's time serves. */
  readonly add: (at: number | undefined, code: string, value: unknown) => void;
  /** A part that cannot be read. */
  readonly addUnread: (part: string) => void;
  /** Everything gathered, or the refusal of too much. */
  readonly end: (also?: Pick<Translation & { readonly ok: true }, "online" | "replies">) => Translation;
}

/** An empty gathering. */
export function createGathering(): Gathering {
  const objects: { readonly ts?: number; readonly values: Record<string, unknown> }[] = [];
  const unread: string[] = [];
  let count = 0;
  return {
    add: (at, code, value) => {
      count += 1;
      if (count > mostValues) return;
      let object = objects.at(-1);
      // Two values of one name and time are both told, one after the other: which of them is right is not for us to say.
      if (object === undefined || !Object.is(object.ts, at) || Object.hasOwn(object.values, code)) {
        // Without a prototype, or the key `__proto__` would be lost.
        const values = Object.create(null) as Record<string, unknown>;
        object = at === undefined ? { values } : { ts: at, values };
        objects.push(object);
      }
      object.values[code] = value;
    },
    addUnread: (part) => {
      count += 1;
      if (count <= mostValues) unread.push(part.slice(0, maxExcerptChars));
    },
    end: (also = {}) => {
      if (count > mostValues) return { ok: false, code: "MESSAGE_TOO_LARGE", example: `${count} values` };
      const read: readonly NativeObject[] = objects;
      return { ok: true, objects: read, ...(unread.length === 0 ? {} : { unread }), ...also };
    },
  };
}

/** A message that cannot be read as a whole. */
export function refuse(code: (Translation & { readonly ok: false })["code"], example: string): Translation {
  return { ok: false, code, example: example.slice(0, maxExcerptChars) };
}
