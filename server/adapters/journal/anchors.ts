// Places of the chain that somebody has written down, signed heads and checkpoints, held against the record itself.
import type { Head } from "../../../contract/evidence.ts";
import type { Finding } from "./inspect.ts";

/** A place of the chain, and where it is written down. */
export interface Anchor extends Head {
  readonly file: string;
  /** Such as `line 7`. */
  readonly where: string;
  readonly kind: "head" | "checkpoint";
}

/** Follows the record and holds it against the anchors. */
export interface AnchorCheck {
  /** Bytes that cannot be looked at: what is anchored there is neither right nor wrong. */
  readonly hide: (from: number, to: number) => void;
  readonly seal: (mark: Head, file: string) => void;
  readonly end: (position: number) => void;
  readonly fitting: () => number;
}

/** Makes the check; anchors ascend by position. */
export function createAnchorCheck(anchors: readonly Anchor[], onFinding: (finding: Finding) => void): AnchorCheck {
  let next = 0;
  let fitting = 0;
  let hiddenTo = -1;
  const tell = (anchor: Anchor, kind: Finding["kind"], reason: string): void =>
    onFinding({ kind, file: anchor.file, position: anchor.position, record: anchor.where, reason, next: null });
  const isSame = (a: Head, b: Head): boolean => a.upTo === b.upTo && a.seq === b.seq && a.chain === b.chain;

  return {
    hide: (_from, to) => {
      hiddenTo = Math.max(hiddenTo, to);
    },
    seal: (mark, file) => {
      for (
        let anchor = anchors[next];
        anchor !== undefined && anchor.position <= mark.position;
        anchor = anchors[next]
      ) {
        next += 1;
        if (anchor.position < mark.position) {
          if (anchor.position > hiddenTo) tell(anchor, anchor.kind, `no turn of ${file} ends there`);
        } else if (isSame(anchor, mark)) fitting += 1;
        else tell(anchor, anchor.kind, `the turn that ends there in ${file} is another one: the record was rewritten`);
      }
    },
    end: (position) => {
      for (const anchor of anchors.slice(next)) {
        if (anchor.position > position) {
          tell(anchor, "cut", `the record went on to here once, and ends at ${position} now: it was cut, or lost`);
        } else if (anchor.position > hiddenTo) tell(anchor, anchor.kind, "no turn ends there");
      }
    },
    fitting: () => fitting,
  };
}
