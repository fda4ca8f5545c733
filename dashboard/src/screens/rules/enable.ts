// Enabling a draft by two persons: what was announced is what is enabled, or it is announced anew.
import { shallowRef, type ShallowRef } from "vue";
import type { Approval } from "../../../../contract/command.ts";
import type { FaultCode } from "../../../../contract/faults.ts";
import type { Announcement, RuleDraft } from "../../../../contract/rule-change.ts";
import type { RulesApi } from "../../api/rules.ts";

/** What stands on the panel. */
export interface Enabling {
  /** Null until it was looked at, and after anything that it was about has changed. */
  readonly announced: Readonly<ShallowRef<Announcement | null>>;
  readonly isBusy: Readonly<ShallowRef<boolean>>;
  /** Why it was refused; undefined: it was not; null: the server cannot be reached. */
  readonly refusal: Readonly<ShallowRef<FaultCode | null | undefined>>;
  /** What the server finds wrong with the version itself. */
  readonly faults: Readonly<ShallowRef<readonly string[]>>;
  /** The version that was enabled here, until another rule is looked at. */
  readonly done: ShallowRef<number | null>;
  readonly look: () => Promise<void>;
  readonly enable: (approval: Approval) => Promise<void>;
  readonly forget: () => void;
}

/** The same alarms at the same levels: what a person has seen, whatever the second at which he looked. */
function essenceOf({ steps, pending, marked, unknown }: Announcement): string {
  return JSON.stringify([steps, pending.map(({ level }) => level), marked, unknown]);
}

function isOf(one: RuleDraft, other: RuleDraft | null): boolean {
  return other?.source === one.source && other.rule === one.rule && other.direction === one.direction;
}

/** Begins with nothing looked at. `change` gives the draft as it would be enabled now. */
export function useEnabling(api: RulesApi, change: () => RuleDraft | null): Enabling {
  const announced = shallowRef<Announcement | null>(null);
  const isBusy = shallowRef(false);
  const refusal = shallowRef<FaultCode | null | undefined>(undefined);
  const faults = shallowRef<readonly string[]>([]);
  const done = shallowRef<number | null>(null);

  /** Another number once what was asked is forgotten: its answer is nobody's. */
  let round = 0;
  const asked = async (draft: RuleDraft) => {
    const mine = round;
    const answer = await api.preview(draft);
    if (mine !== round) return null;
    refusal.value = answer.ok ? undefined : answer.code;
    faults.value = answer.ok ? [] : (answer.faults ?? []);
    return answer.ok ? answer.value : null;
  };
  const alone = async (work: (draft: RuleDraft) => Promise<void>): Promise<void> => {
    const draft = change();
    if (draft === null || isBusy.value) return;
    isBusy.value = true;
    await work(draft);
    isBusy.value = false;
  };

  return {
    announced,
    isBusy,
    refusal,
    faults,
    done,
    look: () =>
      alone(async (draft) => {
        done.value = null;
        const mine = round;
        const found = await asked(draft);
        if (mine === round) announced.value = found?.announcement ?? null;
      }),
    enable: (approval) =>
      alone(async (draft) => {
        const seen = announced.value;
        // Two persons need longer than the moment for which "at once" holds: asked again, and enabled only where it says the same.
        const now = await asked(draft);
        if (now === null || seen === null) return;
        if (essenceOf(now.announcement) !== essenceOf(seen)) {
          announced.value = now.announcement;
          refusal.value = "RULE_ANNOUNCEMENT_CHANGED";
          return;
        }
        const answer = await api.enable({ change: draft, approval, seen: now.seen });
        if (!isOf(draft, change())) return;
        refusal.value = answer.ok ? undefined : answer.code;
        faults.value = answer.ok ? [] : (answer.faults ?? []);
        if (!answer.ok) return;
        done.value = answer.value.version;
        announced.value = null;
      }),
    forget: () => {
      round += 1;
      announced.value = null;
      refusal.value = undefined;
      faults.value = [];
    },
  };
}
