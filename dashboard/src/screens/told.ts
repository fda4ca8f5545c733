// What a sentence about a condition calls the points and alarms that it looks at, and the unit that each is in.
import type { PlanIndex } from "../plan-index.ts";
import type { Told } from "../text/condition.ts";
import type { Words } from "../text/words.ts";

/** The names and units of a plan. */
export function callingOf(index: PlanIndex, words: Words): Pick<Told, "nameOf" | "unitOf" | "alarmOf"> {
  const nameOf = (id: string): string => {
    const named = index.points.get(id)?.name ?? index.items.get(id)?.name ?? index.sites.get(id)?.shortName;
    return named === undefined ? id : words.of(named);
  };
  return {
    nameOf,
    unitOf: (id) => index.points.get(id)?.unit ?? "",
    alarmOf(source, id) {
      const rules = index.points.get(source)?.rules ?? index.sites.get(source)?.rules ?? [];
      const rule = rules.find((each) => each.id === id)?.name;
      if (rule === undefined) return nameOf(source);
      // A site's own rules are called by their names alone, as everywhere.
      return index.sites.has(source) ? words.of(rule) : `${nameOf(source)} ${words.of(rule)}`;
    },
  };
}
