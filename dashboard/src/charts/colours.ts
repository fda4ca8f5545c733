// Every colour of the wall, in one place: style sheets read them as variables, canvases, which cannot, from here.
import type { Level } from "../../../contract/level.ts";

/** The tokens of the style; the contrast of each pair is held by a test. Level hues stand only for levels. */
export const tokens = {
  bg0: "#11151a",
  bg1: "#1a2027",
  bg2: "#242b34",
  water: "#31465c",
  line: "#3a4450",
  "line-strong": "#72808f",
  text1: "#e8edf2",
  text2: "#b4bec9",
  text3: "#8e9aa7",
  asset: "#9fb0bf",
  "data-a": "#a9bbcf",
  "data-b": "#c9b78f",
  "data-c": "#8fc1b5",
  "data-d": "#c3a6b8",
  "lv1-red": "#ff4757",
  "lv2-orange": "#ffa02b",
  "lv3-yellow": "#fff385",
  "lv4-blue": "#4aa8ff",
  "on-level": "#101418",
  off: "#7e8a97",
  focus: "#f4f6f8",
  inverse: "#f4f6f8",
} as const;

/** The colour of each level. */
export const levelColours: Readonly<Record<Level, string>> = {
  red: tokens["lv1-red"],
  orange: tokens["lv2-orange"],
  yellow: tokens["lv3-yellow"],
  blue: tokens["lv4-blue"],
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
