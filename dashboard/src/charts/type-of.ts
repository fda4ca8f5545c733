// How much larger than usual a chart draws its type where a console has larger type (wall.md §1.2).

/** The body type of a console at which a chart's own type is as it was drawn for, px. */
const usualPx = 20;

/** How many times as large the type of a chart is that stands in this element; never smaller than it was drawn for. */
export function typeOf(element: Element): number {
  const px = Number.parseFloat(getComputedStyle(element).fontSize);
  return Number.isFinite(px) ? Math.max(1, px / usualPx) : 1;
}
