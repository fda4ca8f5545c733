// The version that is being written: begun from the draft or from the version in force, kept through a reload, saved whole.
import { computed, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { Condition } from "../../../../contract/condition.ts";
import { levels, type Level } from "../../../../contract/level.ts";
import type { RuleDraft } from "../../../../contract/rule-change.ts";
import type { DraftSave, DraftState, StoredDraft } from "../../../../contract/rule-draft.ts";
import { versionInForce } from "../../plan-index.ts";
import type { Levels } from "./check.ts";
import type { RuleLeaf } from "./tree.ts";

/** What is typed. */
export interface VersionForm {
  readonly isAtOnce: boolean;
  /** Epoch ms, where it is not at once. */
  readonly validFrom: number;
  readonly reason: string;
  readonly levels: Levels;
}

/** The editor of one rule. */
export interface Editor {
  /** Null where no rule is looked at. */
  readonly form: Readonly<ShallowRef<VersionForm | null>>;
  readonly isDirty: ComputedRef<boolean>;
  /** The number that the version will have. */
  readonly number: ComputedRef<number>;
  /** Places whose text is not understood: nothing is saved while there is one. */
  readonly illegible: ShallowRef<ReadonlySet<string>>;
  /** Another number once what was typed is not what stands any more: fields begin anew. */
  readonly round: Readonly<ShallowRef<number>>;
  readonly patch: (part: Partial<VersionForm>) => void;
  readonly setCondition: (level: Level, nth: number, condition: Condition | null) => void;
  readonly addCondition: (level: Level, condition: Condition) => void;
  /** Throws away what was typed since the last save. */
  readonly revert: () => void;
  /** What is sent to save it. */
  readonly wanted: (state: DraftState) => DraftSave | null;
}

/** Where what was typed and not saved lies: this tab's, so that a reload loses nothing. */
const keyOf = (id: string): string => `skyground.rule.${id}`;
const hourMs = 3_600_000;

/** The form of a draft, or of the version in force where there is no draft. */
export function formOf(leaf: RuleLeaf, draft: StoredDraft | null, now: number): VersionForm {
  const nextHour = Math.ceil(now / hourMs + 1) * hourMs;
  if (draft === null) {
    const all = versionInForce(leaf.rule, now)?.levels ?? leaf.rule.versions.at(-1)?.levels ?? {};
    return { isAtOnce: true, validFrom: nextHour, reason: "", levels: all };
  }
  const { isAtOnce, change } = draft;
  const { validFrom, levels: all } = change.version;
  return { isAtOnce, validFrom: isAtOnce ? nextHour : validFrom, reason: change.reason, levels: all };
}

/** The number after the newest version. */
export function nextNumber({ rule }: RuleLeaf): number {
  return Math.max(0, ...rule.versions.map(({ version }) => version)) + 1;
}

/** The change as it is sent: valid from `at` where it is at once. */
export function changeOfForm(leaf: RuleLeaf, form: VersionForm, at: number): RuleDraft {
  const { isAtOnce, validFrom, reason } = form;
  const version = { version: nextNumber(leaf), validFrom: isAtOnce ? at : validFrom, levels: form.levels };
  const { source, rule } = leaf;
  return { source, rule: rule.id, direction: rule.direction, version, reason: reason.trim() };
}

/** A level without a condition is no level. */
function trimmed(all: Levels): Levels {
  return Object.fromEntries(levels.flatMap((level) => ((all[level]?.length ?? 0) > 0 ? [[level, all[level]]] : [])));
}

interface Kept {
  readonly revision: number;
  readonly form: VersionForm;
}

function keptOf(id: string, revision: number): VersionForm | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? "null") as Kept | null;
    // Typed over another revision: the newer one is what counts.
    return kept?.revision === revision ? kept.form : null;
  } catch {
    return null;
  }
}

/** Follows the rule that is looked at; what is typed stays when only the plan or the job has changed. */
export function useEditor(
  leaf: Readonly<Ref<RuleLeaf | null>>,
  draft: Readonly<Ref<StoredDraft | null>>,
  now: () => number,
): Editor {
  const base = shallowRef<VersionForm | null>(null);
  const form = shallowRef<VersionForm | null>(null);
  const illegible = shallowRef<ReadonlySet<string>>(new Set());
  const round = shallowRef(0);
  const isSame = (a: VersionForm | null, b: VersionForm | null): boolean => JSON.stringify(a) === JSON.stringify(b);
  const isDirty = computed(() => !isSame(form.value, base.value));
  const revisionOf = (): number => draft.value?.revision ?? 0;

  watch(
    // A version that was enabled meanwhile is what a new draft begins with.
    () => [leaf.value?.id ?? "", revisionOf(), leaf.value === null ? 0 : nextNumber(leaf.value)] as const,
    () => {
      round.value += 1;
      illegible.value = new Set();
      const on = leaf.value;
      base.value = on === null ? null : formOf(on, draft.value, now());
      form.value = on === null ? null : (keptOf(on.id, revisionOf()) ?? base.value);
    },
    { immediate: true },
  );
  const set = (next: VersionForm): void => {
    form.value = next;
    const on = leaf.value;
    if (on === null) return;
    if (isSame(next, base.value)) sessionStorage.removeItem(keyOf(on.id));
    else sessionStorage.setItem(keyOf(on.id), JSON.stringify({ revision: revisionOf(), form: next } satisfies Kept));
  };
  const setLevel = (level: Level, all: readonly Condition[]): void => {
    if (form.value !== null) set({ ...form.value, levels: trimmed({ ...form.value.levels, [level]: [...all] }) });
  };

  return {
    form,
    isDirty,
    number: computed(() => (leaf.value === null ? 0 : nextNumber(leaf.value))),
    illegible,
    round,
    patch: (part) => {
      if (form.value !== null) set({ ...form.value, ...part });
    },
    setCondition: (level, nth, condition) => {
      const all = form.value?.levels[level] ?? [];
      setLevel(
        level,
        all.flatMap((one, place) => (place !== nth ? [one] : condition === null ? [] : [condition])),
      );
    },
    addCondition: (level, condition) => setLevel(level, [...(form.value?.levels[level] ?? []), condition]),
    revert: () => {
      round.value += 1;
      illegible.value = new Set();
      if (leaf.value !== null) sessionStorage.removeItem(keyOf(leaf.value.id));
      form.value = base.value;
    },
    wanted: (state) => {
      const on = leaf.value;
      if (on === null || form.value === null) return null;
      const { isAtOnce } = form.value;
      return { revision: revisionOf(), state, isAtOnce, change: changeOfForm(on, form.value, 0) };
    },
  };
}
