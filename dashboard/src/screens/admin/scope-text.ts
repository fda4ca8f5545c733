// A scope in words: what it names, by the names of the plan.
import type { Scope } from "../../../../contract/scope.ts";
import type { PlanIndex } from "../../plan-index.ts";
import type { Words } from "../../text/words.ts";

/** What a scope may name, from the large to the small. */
export const scopeKinds = ["counties", "towns", "sectors", "sites"] as const satisfies readonly (keyof Scope)[];

/** The scope in words; the whole city where it names nothing. */
export function scopeText(
  { t, of }: Pick<Words, "t" | "of">,
  index: PlanIndex | null,
  scope: Scope | undefined,
): string {
  const named = (kind: keyof Scope, id: string): string => {
    if (kind === "towns") return id;
    const entry = index?.[kind].get(id);
    return entry === undefined ? id : of(entry.name);
  };
  const parts = scopeKinds.flatMap((kind) => {
    const names = scope?.[kind];
    return names === undefined ? [] : [names.map((id) => named(kind, id)).join(t("admin.scope.comma"))];
  });
  return parts.length === 0 ? t("admin.scope.whole") : parts.join(" · ");
}

/** A scope as it is sent: absent where it names nothing. */
export function sentScope(scope: Scope): { readonly scope?: Scope } {
  return Object.keys(scope).length === 0 ? {} : { scope };
}
