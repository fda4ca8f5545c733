// What fills the left of a site's screen: the site itself, or one of its tabs; it stands in the URL like all of a screen's state.
import { computed, type ComputedRef } from "vue";
import { useRoute, type Route } from "../route.ts";

/** The tabs of a site. */
export const siteTabs = ["site", "trends", "events", "rules", "register"] as const;
/** One of the tabs. */
export type SiteTab = (typeof siteTabs)[number];

/** The tab that a query names; the site itself where it names none. */
export function tabOf(query: Readonly<Record<string, string>>): SiteTab {
  return siteTabs.find((tab) => tab === query["tab"]) ?? "site";
}

/** Shows a tab. */
export function showTab(route: Route, tab: SiteTab): void {
  route.set("tab", tab === "site" ? null : tab);
}

/** The tab that is shown, and how to show another; the one that is shown already makes room for the site again. */
export function useSiteTab(): { readonly tab: ComputedRef<SiteTab>; readonly turn: (to: SiteTab) => void } {
  const route = useRoute();
  const tab = computed(() => tabOf(route.query.value));
  return { tab, turn: (to) => showTab(route, to === tab.value ? "site" : to) };
}
