// What a record is proven by: signed heads of the journal, and the pack of evidence that leaves the house with one alarm.
import { Type, type Static } from "typebox";
import type { Source, Transition } from "./alarm.ts";
import type { IncidentEntry } from "./incident.ts";
import type { Command, Flag, RecordedInput } from "./input.ts";
import type { Rule } from "./plant.ts";
import type { DialectName } from "./register.ts";

/** Where a turn ends: its place in the journal, what was judged by then, and the chain over everything before it. */
export interface Head {
  /** The byte right behind the turn's seal. */
  readonly position: number;
  readonly upTo: number;
  readonly seq: number;
  /** SHA-256, hex: the turn's own seal. */
  readonly chain: string;
}

/** A head that the server has signed: whoever keeps a copy elsewhere can tell if what lies before it was rewritten. */
export interface SignedHead extends Head {
  /** When it was signed, epoch ms by the computer's own clock. */
  readonly at: number;
  /** Ed25519, 32 bytes and 64 bytes, hex. */
  readonly key: string;
  readonly signature: string;
}

/** The text that a head's signature is over. */
export function headText({ position, upTo, seq, chain, at }: Omit<SignedHead, "key" | "signature">): string {
  return `skyground-head-1\n${JSON.stringify({ position, upTo, seq, chain, at })}`;
}

/** The text that a pack's signature is over: the SHA-256 of its content, hex. */
export function packText(sha256: string): string {
  return `skyground-evidence-1\n${sha256}`;
}

/** JSON with its keys in order and no spaces: the same content has the same bytes, whoever wrote it. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`).join(",")}}`;
}

/** How wide the evidence looks around each step of an alarm, ms: a minute to a week. */
const windowMs = Type.Integer({ minimum: 0, maximum: 7 * 86_400_000 });
/** What is asked for over HTTP: the newest occurrence and an hour where nothing is said. */
export const evidenceQuerySchema = Type.Object(
  { occurrence: Type.Optional(Type.Integer({ minimum: 1 })), windowMs: Type.Optional(windowMs) },
  { additionalProperties: false },
);
/** What is asked for over HTTP. */
export type EvidenceQuery = Static<typeof evidenceQuerySchema>;

/** A record of the journal that the pack speaks of: it lies at this position, inside one of the pack's turns. */
interface Placed {
  readonly position: number;
}

/** A whole turn of the journal, byte for byte: SHA-256 over `before` and all bytes up to the seal gives the seal's chain. */
export interface EvidenceTurn extends Placed {
  /** The chain of the turn before, as text. */
  readonly before: string;
  /** The turn's records as they lie in the journal, seal included, base64. */
  readonly bytes: string;
}

/** One message with values of the points in question; what it says stands in its record's bytes. */
export interface EvidenceSample extends Placed {
  readonly number: number;
  /** Received, epoch ms. */
  readonly at: number;
  readonly topic: string;
  /** As the judgement heard it; `sourceAt` null: the server's time served. */
  readonly values: readonly {
    readonly point: string;
    readonly sourceAt: number | null;
    readonly value: number | null;
  }[];
  /** What the judgement made of the message's readings, from the turn's seal. */
  readonly flags: readonly Flag[];
  /** Set where a gateway spoke another dialect: its own bytes lie in the same record. */
  readonly origin?: { readonly dialect: DialectName; readonly topic: string };
}

/** The rule by which the alarm was judged, in the input that brought it into the plan of record. */
export interface EvidenceRule extends Placed {
  readonly number: number;
  readonly at: number;
  readonly kind: "plan" | "ruleChange";
  readonly rule: Pick<Rule, "id" | "direction"> & { readonly version: Rule["versions"][number] };
}

/** Everything that a pack says of one occurrence of one alarm. */
export interface EvidenceContent {
  readonly format: "skyground-evidence";
  readonly formatVersion: 1;
  readonly about: {
    readonly system: "SkyGround";
    readonly version: string;
    /** Epoch ms. */
    readonly madeAt: number;
    readonly madeBy: string;
    /** The zone that the reading's times are written in. */
    readonly timeZone: "+08:00";
    readonly windowMs: number;
  };
  readonly alarm: { readonly id: string; readonly occurrence: number; readonly source: Source; readonly rule: string };
  readonly transitions: readonly (Placed & { readonly transition: Transition })[];
  readonly acts: readonly (Placed & { readonly number: number; readonly at: number; readonly command: Command })[];
  /** The other inputs that a transition was caused by: a tick, a lost link, an amendment. */
  readonly causes: readonly (Placed & {
    readonly number: number;
    readonly at: number;
    readonly kind: RecordedInput["kind"];
  })[];
  /** Which incident each step opened, joined, raised or was received for; absent in packs that are older than incidents. */
  readonly incidents?: readonly (Placed & { readonly id: string; readonly entry: IncidentEntry })[];
  readonly rules: readonly EvidenceRule[];
  readonly samples: readonly EvidenceSample[];
  readonly turns: readonly EvidenceTurn[];
  /** Signed heads at the ends of these turns, and the nearest ones before and after. */
  readonly heads: readonly SignedHead[];
  /** The transitions in words, a line each. */
  readonly reading: { readonly zh: readonly string[]; readonly en: readonly string[] };
}

/** The file that leaves the house: canonical JSON and one line end, nothing else. */
export interface EvidencePack {
  readonly content: EvidenceContent;
  /** Over the canonical text of the content, hex. */
  readonly sha256: string;
  readonly signature: { readonly algorithm: "Ed25519"; readonly key: string; readonly value: string };
}
