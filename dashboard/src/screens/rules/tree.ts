// The rules of a plan as a tree: sector, kind of point, rule; and what of it stands open.
import { rankOf, levels, type Level } from "../../../../contract/level.ts";
import type { Point, Rule, Site } from "../../../../contract/plant.ts";
import type { StoredDraft } from "../../../../contract/rule-draft.ts";
import { versionInForce, type PlanIndex } from "../../plan-index.ts";
import type { Words } from "../../text/words.ts";

/** Where a rule is on its way: in force, off, or with a draft of its next version. */
export type RuleState = "inForce" | "off" | "notYet";

/** A rule with what it is on. */
export interface RuleLeaf {
  /** `source~rule~direction`: also the name of its draft. */
  readonly id: string;
  readonly rule: Rule;
  readonly source: string;
  /** Null: the rule is on the site as a whole. */
  readonly point: Point | null;
  readonly site: Site;
  readonly name: string;
  readonly siteName: string;
  readonly version: number | null;
  readonly state: RuleState;
  readonly draft: StoredDraft | null;
}

/** Rules of one kind of point. */
export interface KindBranch {
  readonly id: string;
  readonly name: string;
  readonly leaves: readonly RuleLeaf[];
}

/** Kinds of one sector. */
export interface SectorBranch {
  readonly id: string;
  readonly name: string;
  readonly kinds: readonly KindBranch[];
}

/** One line of the tree as it is shown. */
export type TreeLine =
  | {
      readonly kind: "branch";
      readonly id: string;
      readonly depth: 1 | 2;
      readonly name: string;
      readonly count: number;
      readonly isOpen: boolean;
    }
  | { readonly kind: "leaf"; readonly id: string; readonly depth: 3; readonly leaf: RuleLeaf }
  /** So many more rules, which a search would find. */
  | { readonly kind: "more"; readonly id: string; readonly depth: 3; readonly count: number };

/** So many rules of one kind are shown at once: nobody reads more, and a search finds the rest. */
export const mostLeaves = 60;

/** The name of a rule's draft. */
export function leafIdOf(source: string, { id, direction }: Pick<Rule, "id" | "direction">): string {
  return `${source}~${id}~${direction}`;
}

/** The highest level that a version knows; null where it has none: it is off. */
export function highestOf(version: { readonly levels: Readonly<Partial<Record<Level, unknown>>> }): Level | null {
  return levels.toSorted((a, b) => rankOf(b) - rankOf(a)).find((level) => version.levels[level] !== undefined) ?? null;
}

function stateOf(rule: Rule, now: number): Pick<RuleLeaf, "version" | "state"> {
  const version = versionInForce(rule, now);
  if (version === null) return { version: null, state: "notYet" };
  return { version: version.version, state: highestOf(version) === null ? "off" : "inForce" };
}

/** How a rule is called beside the name of what it is on. */
export function ruleName({ t, of }: Words, rule: Rule): string {
  return rule.name === undefined ? t(`site.rules.${rule.direction}`) : of(rule.name);
}

/** The tree of a plan; drafts stand at their rules. */
export function treeOf(
  index: PlanIndex,
  words: Words,
  { drafts, now }: { readonly drafts: readonly StoredDraft[]; readonly now: number },
): readonly SectorBranch[] {
  const draftOf = new Map(drafts.map((draft) => [draft.id, draft]));
  const newLeaf = (site: Site, point: Point | null, rule: Rule): RuleLeaf => {
    const source = point?.id ?? site.id;
    const id = leafIdOf(source, rule);
    const on = point === null ? [] : [words.of(point.name)];
    return {
      id,
      rule,
      source,
      point,
      site,
      name: [...on, ruleName(words, rule)].join(" · "),
      siteName: words.of(site.shortName),
      ...stateOf(rule, now),
      draft: draftOf.get(id) ?? null,
    };
  };
  return index.plan.sectors.flatMap((sector) => {
    const kinds = new Map<string, { name: string; leaves: RuleLeaf[] }>();
    const add = (kind: string, name: string, leaf: RuleLeaf): void => {
      const known = kinds.get(kind) ?? { name, leaves: [] };
      known.leaves.push(leaf);
      kinds.set(kind, known);
    };
    for (const point of index.plan.points) {
      const site = index.sites.get(point.site);
      if (site?.sector !== sector.id) continue;
      const item = index.items.get(point.item);
      for (const rule of point.rules)
        add(point.kind, item === undefined ? point.kind : words.of(item.name), newLeaf(site, point, rule));
    }
    for (const site of index.plan.sites) {
      if (site.sector !== sector.id) continue;
      for (const rule of site.rules ?? []) add("~site", words.t("site.rules.ofSite"), newLeaf(site, null, rule));
    }
    if (kinds.size === 0) return [];
    const branches = [...kinds].map(([kind, branch]) => ({ id: `${sector.id}/${kind}`, ...branch }));
    return [{ id: sector.id, name: words.of(sector.name), kinds: branches }];
  });
}

/** The rule of an id; null where the plan has none that this person may see. */
export function leafOf(tree: readonly SectorBranch[], id: string): RuleLeaf | null {
  for (const { kinds } of tree)
    for (const { leaves } of kinds) {
      const found = leaves.find((leaf) => leaf.id === id);
      if (found !== undefined) return found;
    }
  return null;
}

function isFound({ name, siteName, source }: RuleLeaf, kind: string, search: string): boolean {
  const text = `${name} ${siteName} ${source} ${kind}`.toLowerCase();
  return search.split(/\s+/u).every((word) => text.includes(word));
}

/** The lines that are shown: what stands open, or all that a search finds. */
export function linesOf(tree: readonly SectorBranch[], open: ReadonlySet<string>, search: string): readonly TreeLine[] {
  const wanted = search.trim().toLowerCase();
  const lines: TreeLine[] = [];
  for (const sector of tree) {
    const kinds = sector.kinds
      .map((kind) => ({
        ...kind,
        leaves: wanted === "" ? kind.leaves : kind.leaves.filter((leaf) => isFound(leaf, kind.name, wanted)),
      }))
      .filter(({ leaves }) => leaves.length > 0);
    if (kinds.length === 0) continue;
    const isOpen = wanted !== "" || open.has(sector.id);
    const count = kinds.reduce((sum, { leaves }) => sum + leaves.length, 0);
    lines.push({ kind: "branch", id: sector.id, depth: 1, name: sector.name, count, isOpen });
    if (!isOpen) continue;
    for (const { id, name, leaves } of kinds) {
      const isKindOpen = wanted !== "" || open.has(id);
      lines.push({ kind: "branch", id, depth: 2, name, count: leaves.length, isOpen: isKindOpen });
      if (!isKindOpen) continue;
      for (const leaf of leaves.slice(0, mostLeaves)) lines.push({ kind: "leaf", id: leaf.id, depth: 3, leaf });
      if (leaves.length > mostLeaves)
        lines.push({ kind: "more", id: `${id}+`, depth: 3, count: leaves.length - mostLeaves });
    }
  }
  return lines;
}
