// The tokens of tokens.css for canvases, which cannot read CSS variables; a test holds the two together.
import type { Level } from "../../../contract/level.ts";

/** The colours of the charts. */
export const colours = {
  land: "#242b34",
  line: "#3a4450",
  lineStrong: "#72808f",
  text1: "#e8edf2",
  text2: "#b4bec9",
  text3: "#8e9aa7",
  asset: "#9fb0bf",
  data: "#a9bbcf",
  off: "#7e8a97",
  onLevel: "#101418",
  ground: "#11151a",
  panel: "#1a2027",
} as const;

/** The colour of each level. */
export const levelColours: Readonly<Record<Level, string>> = {
  red: "#ff4757",
  orange: "#ffa02b",
  yellow: "#fff385",
  blue: "#4aa8ff",
};

/** The dash pattern of each level's limit line: told apart without colour too. */
export const levelDashes: Readonly<Record<Level, readonly number[]>> = {
  red: [10, 6],
  orange: [4, 5],
  yellow: [2, 4],
  blue: [1, 3],
};

/** The type of the charts. */
export const fontFamily = '"Noto Sans SC", "Noto Sans CJK SC", sans-serif';
