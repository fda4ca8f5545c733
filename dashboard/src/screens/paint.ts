// Hands the colours to the style sheets, so that they are written down once for both style sheets and canvases.
import { tokens } from "../charts/colours.ts";

/** Sets every token on an element as `--bg0` and so on. */
export function applyTokens(root: HTMLElement): void {
  for (const [name, colour] of Object.entries(tokens)) root.style.setProperty(`--${name}`, colour);
}
