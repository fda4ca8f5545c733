// What a cross-section is drawn from: the register's geometry, and its instruments as they stand now.
import type { Section } from "../../../contract/drawing.ts";
import type { Level } from "../../../contract/level.ts";
import type { LabelText } from "./section-labels.ts";

/** A standpipe as it stands now. */
export interface Pipe {
  readonly code: string;
  readonly x: number;
  readonly bottom: number;
  /** Measured depth of the water below the face, m; null where there is none to be shown. */
  readonly depth: number | null;
  /** Fresh and good: only then does the phreatic line go through it. */
  readonly isGood: boolean;
  readonly level: Level | null;
  /** Depths of its limits in force. */
  readonly limits: Readonly<Partial<Record<"red" | "orange", number>>>;
  readonly text: LabelText;
  readonly short: LabelText;
}

/** A survey mark as it stands now. */
export interface Mark {
  readonly code: string;
  readonly x: number;
  readonly level: Level | null;
  readonly text: LabelText;
  readonly short: LabelText;
}

/** Everything that a section is drawn from. */
export interface SectionInput {
  readonly section: Section;
  readonly size: readonly [width: number, height: number];
  /** The pool's level, m; null where none was ever measured. */
  readonly level: number | null;
  /** The level may be shown as live. */
  readonly isLevelFresh: boolean;
  readonly pipes: readonly Pipe[];
  readonly marks: readonly Mark[];
  readonly pool: LabelText;
  readonly beach: LabelText;
  readonly freeboard: LabelText;
  /** What the register says: crest and design flood level. */
  readonly design: LabelText;
  readonly seepage: LabelText;
}
