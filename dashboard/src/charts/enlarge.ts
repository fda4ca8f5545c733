// A chart for a wall that is read from afar, as data: the same option with larger type, signs and distances.

/** What is measured in px of type and signs; lines and data are not. */
const sizes = new Set(["fontSize", "distance", "offset", "symbolSize", "symbolOffset", "textBorderWidth"]);
const margins = new Set(["left", "right", "top", "bottom"]);

const times = (value: unknown, factor: number): unknown =>
  typeof value === "number" ? value * factor : Array.isArray(value) ? value.map((each) => times(each, factor)) : value;

/** The option with everything that is read `factor` times as large; numbers of data stay as they are. */
export function enlarge<T>(option: T, factor: number, isGrid = false): T {
  if (factor === 1 || option === null || typeof option !== "object") return option;
  // Plain numbers: a spot of a line, a place on the map.
  if (Array.isArray(option))
    return (typeof option[0] === "number" ? option : option.map((each) => enlarge(each, factor))) as T;
  // A text that breaks has a width in px; that of a line is none of type.
  const isText = "overflow" in option;
  const entries = Object.entries(option).map(([key, value]) =>
    sizes.has(key) || (isGrid && margins.has(key)) || (isText && key === "width")
      ? [key, times(value, factor)]
      : [key, enlarge(value, factor, key === "grid")],
  );
  return Object.fromEntries(entries) as T;
}
