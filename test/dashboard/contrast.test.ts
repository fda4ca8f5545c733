// The contrast of every colour that is read or looked at, worked out by WCAG 2.1.
import { describe, expect, it } from "vitest";
import { tokens } from "../../dashboard/src/charts/colours.ts";
import { applyTokens } from "../../dashboard/src/screens/paint.ts";
import { type Blindness, deltaE, deltaOfLabs, rgbOf, seenBy } from "../support/colour.ts";

type Token = keyof typeof tokens;

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: Token, other: Token): number {
  const [high = 0, low = 0] = [tokens[one], tokens[other]].map(luminance).toSorted((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
const grounds = ["bg0", "bg1", "bg2"] as const;

describe("the tokens", () => {
  it("reach the style sheets under their names", () => {
    const root = document.createElement("div");
    applyTokens(root);
    expect(root.style.getPropertyValue("--lv1-red")).toBe("#ff4757");
    for (const token of Object.keys(tokens)) expect(root.style.getPropertyValue(`--${token}`), token).not.toBe("");
  });

  it.each<Token>([
    "text1",
    "text2",
    "text3",
    "asset",
    "data-a",
    "data-b",
    "data-c",
    "data-d",
    "lv2-orange",
    "lv3-yellow",
    "lv4-blue",
  ])("%s can be read on every ground", (token) => {
    for (const ground of grounds) expect(contrast(token, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it("lv1-red can be read on page and panel, and seen on a raised row", () => {
    expect(contrast("lv1-red", "bg0")).toBeGreaterThanOrEqual(4.5);
    expect(contrast("lv1-red", "bg1")).toBeGreaterThanOrEqual(4.5);
    expect(contrast("lv1-red", "bg2")).toBeGreaterThanOrEqual(3);
  });

  it.each<Token>(["line-strong", "off", "focus", "inverse"])("%s can be seen on every ground", (token) => {
    for (const ground of grounds) expect(contrast(token, ground)).toBeGreaterThanOrEqual(3);
  });

  it.each<Token>(["lv1-red", "lv2-orange", "lv3-yellow", "lv4-blue"])(
    "the text on a chip of %s can be read",
    (token) => {
      expect(contrast("on-level", token)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it("the inverse band can be read", () => {
    expect(contrast("bg0", "inverse")).toBeGreaterThanOrEqual(4.5);
  });
});

describe("the colours of the levels", () => {
  const levelTokens = ["lv1-red", "lv2-orange", "lv3-yellow", "lv4-blue"] as const;
  const pairs = levelTokens.flatMap((one, nth) => levelTokens.slice(nth + 1).map((other) => [one, other] as const));

  // Pairs 1, 7, 17 and 25 of the test data of Sharma, Wu and Dalal 2005.
  it.each([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ] as const)("are compared by a CIEDE2000 that is right", (one, other, expected) => {
    expect(deltaOfLabs(one, other)).toBeCloseTo(expected, 4);
  });

  it.each<Blindness | null>([null, "protan", "deutan", "tritan"])("look at least 12 apart to every eye: %s", (kind) => {
    const look = (token: Token): ReturnType<typeof rgbOf> =>
      kind === null ? rgbOf(tokens[token]) : seenBy(kind, rgbOf(tokens[token]));
    for (const [one, other] of pairs) {
      expect(deltaE(look(one), look(other)), `${one} and ${other}`).toBeGreaterThanOrEqual(12);
    }
  });
});
