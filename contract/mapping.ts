// A mapping: how a gateway's own JSON is read, as data. What its words mean is told in docs/dialects.md.
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;

/** A key of an object, `[*]` each element, `[2]` one element; `*` stands for each key of an object. */
const key = "[^.\\[\\]*@$=]+";
const item = "\\[(?:\\*|\\d{1,4})\\]";
const path = `(?:${key}|\\*|${item})(?:\\.${key}|\\.\\*|${item})*`;
const pathSchema = Type.String({ pattern: `^${path}$`, maxLength: 200 });
/** A path, the key or index that a `*` of `entries` stands for, or a named part of the topic. */
const source = Type.String({ pattern: `^(?:${path}|@key[1-9]?|\\$[a-z][A-Za-z0-9]*)$`, maxLength: 200 });
const sources = Type.Array(source, { minItems: 1, maxItems: 8 });

/** A topic whose levels are words or `{parts}` with a name; its first level is a word. */
const template = Type.String({
  pattern: "^[^/#+{}]*(?:/(?:[^/#+{}]*|\\{[a-z][A-Za-z0-9]*\\}))*$",
  minLength: 1,
  maxLength: 200,
});

/** Something that can be compared: a number written as text is that number. */
const plain = Type.Unsafe<string | number | boolean | null>({ type: ["string", "number", "boolean", "null"] });
const plains = Type.Array(plain, { minItems: 1, maxItems: 64 });

const condition = Type.Object({ at: sources, is: Type.Optional(plains), isNot: Type.Optional(plains) }, strict);

/** The forms in which a time may be written. `iso`: also without hyphens and colons, and with an offset of either form. */
export const timeFormats = ["s", "ms", "us", "ns", "iso"] as const;

const time = Type.Object(
  {
    at: sources,
    format: Type.Enum([...timeFormats]),
    /** Of a time that names none. */
    zone: Type.Optional(Type.String({ pattern: "^[+-]\\d\\d:\\d\\d$" })),
    /** What serves in the place of a time that cannot be read; else the value is refused. */
    otherwise: Type.Optional(Type.Enum(["server"])),
  },
  strict,
);

const quality = Type.Object(
  {
    at: sources,
    /** Bits of a number that count. */
    mask: Type.Optional(Type.Integer({ minimum: 1, maximum: 0xffff })),
    good: plains,
    suspect: Type.Optional(plains),
    saturated: Type.Optional(plains),
  },
  strict,
);

const reading = Type.Object(
  {
    entries: pathSchema,
    name: sources,
    value: Type.Optional(Type.Array(source, { maxItems: 8 })),
    time: Type.Optional(time),
    quality: Type.Optional(quality),
    isBad: Type.Optional(Type.Boolean()),
    unit: Type.Optional(sources),
    factor: Type.Optional(Type.Number()),
    offset: Type.Optional(Type.Number()),
  },
  strict,
);

const message = Type.Object(
  {
    topics: Type.Array(template, { maxItems: 16 }),
    ignore: Type.Optional(Type.Array(condition, { maxItems: 16 })),
    readings: Type.Optional(Type.Array(reading, { maxItems: 16 })),
    online: Type.Optional(Type.Object({ at: Type.Optional(sources), is: Type.Optional(plains) }, strict)),
    reply: Type.Optional(
      Type.Object({ topic: template, payload: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()) }, strict),
    ),
  },
  strict,
);

const messages = Type.Array(message, { minItems: 1, maxItems: 16 });

/** A mapping as it stands in a device's options. */
export const mappingSchema = Type.Object({ messages }, strict);
/** A mapping as a file has it. */
export const mappingFileSchema = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" }),
    /** Who speaks like this, and where that is written down. */
    source: Type.String({ minLength: 1, maxLength: 500 }),
    messages,
  },
  strict,
);

/** How a gateway's own JSON is read. */
export type Mapping = Static<typeof mappingSchema>;
/** One kind of message, by its topics. */
export type MappedMessage = Static<typeof message>;
/** One list of values in a message. */
export type MappedReading = Static<typeof reading>;
/** How a time is written. */
export type MappedTime = Static<typeof time>;
/** What a gateway's own word for quality means. */
export type MappedQuality = Static<typeof quality>;
/** When something holds of a message. */
export type MappedCondition = Static<typeof condition>;
