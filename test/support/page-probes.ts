// What tests ask of the page itself: what does not fit, what is painted in which colour, and every text that can be seen.
import type { Page } from "playwright-core";
import type { Box } from "./png.ts";

// These run in the browser, where the test project has no types: they are handed over as text.

/** Panels that do not fit their box (a bar, which cuts nothing, may be a pixel out), and a stage that leaves the window. */
const overflowing = `(() => {
  const boxes = [...document.querySelectorAll(".panel, .head, .foot, [data-testid=banner]")];
  const slack = (box) => (box.matches(".panel") ? 0 : 1);
  const wrong = boxes
    .filter((box) => box.clientWidth > 0)
    .filter((box) => box.scrollHeight > box.clientHeight + slack(box) || box.scrollWidth > box.clientWidth + slack(box))
    .map((box) => box.className + " " + (box.innerText || "").split("\\n")[0] + ": " +
      box.scrollWidth + "x" + box.scrollHeight + " in " + box.clientWidth + "x" + box.clientHeight);
  const page = document.scrollingElement;
  if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) wrong.push("the page scrolls");
  const stage = document.querySelector(".stage").getBoundingClientRect();
  if (stage.left < -0.5 || stage.top < -0.5 || stage.right > innerWidth + 0.5 || stage.bottom > innerHeight + 0.5)
    wrong.push("the stage leaves the window: " + JSON.stringify(stage));
  if (boxes.filter((box) => box.clientWidth > 0).length < 5) wrong.push("fewer than five panels are shown");
  return wrong;
})()`;

/**
 * Visible texts that are wider than the place they have; around the stage, layout knows nothing of the magnification. A box
 * that wraps whole words into lines that are not shown cuts none.
 */
const clipped = `(() => [...document.querySelectorAll(".stage *")]
  .filter((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1)
  .filter((box) => getComputedStyle(box).overflowX !== "visible" && (box.innerText || "").trim() !== "")
  .filter((box) => getComputedStyle(box).flexWrap !== "wrap")
  .map((box) => box.innerText.replaceAll("\\n", " ") + ": " + box.scrollWidth + " in " + box.clientWidth))()`;

/** Texts and controls of a page without a stage that are cut, or stand out of the window at its right. */
const outside = `(() => [...document.querySelectorAll("#app *")]
  .filter((box) => box.getClientRects().length > 0 && (box.innerText || "").trim() !== "")
  .filter((box) => {
    const isCut = box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
    return isCut || box.getBoundingClientRect().right > innerWidth + 0.5;
  })
  .map((box) => box.tagName + " " + box.innerText.replaceAll("\\n", " ").slice(0, 80)))()`;

/** The same without what lies in a table's own scroll box, which WCAG 1.4.10 lets go two ways; the box itself must fit. */
const stray = `(() => {
  const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX) && !box.matches(".console");
  const isInBox = (box) => box !== null && (scrolls(box) || isInBox(box.parentElement));
  return [...document.querySelectorAll("#app *")]
    .filter((box) => box.getClientRects().length > 0 && (box.innerText || "").trim() !== "" && !isInBox(box.parentElement))
    .filter((box) => {
      const isCut = box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible" && !scrolls(box);
      return isCut || box.getBoundingClientRect().right > innerWidth + 0.5;
    })
    .map((box) => box.tagName + " " + box.innerText.replaceAll("\\n", " ").slice(0, 80));
})()`;

/** What is painted in a colour of its own: neither grey nor nearly so. */
const coloured = `(() => {
  const isGrey = (colour) => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map(Number);
    return Math.max(red, green, blue) - Math.min(red, green, blue) <= 40;
  };
  return [...document.querySelectorAll("#app *")]
    .filter((box) => box.getClientRects().length > 0)
    .filter((box) => {
      const { color, backgroundColor, borderTopColor } = getComputedStyle(box);
      return ![color, backgroundColor, borderTopColor].every(isGrey);
    })
    .map((box) => box.tagName + "." + box.className);
})()`;

/** Visible texts with a digit in the body, and their colours. */
const numbers = `(() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector(".body"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const box = node.parentElement;
    if (box.getClientRects().length === 0 || !/[0-9]/.test(node.data)) continue;
    found.push({ text: node.data.trim(), colour: getComputedStyle(box).color });
  }
  return found;
})()`;

/** Every text that can be seen, line by line. */
const texts = `(() => document.querySelector("#app").innerText.split(/[\\n\\t]+/).map((line) => line.trim()).filter((line) => line !== ""))()`;

/** A text and how it is painted. */
export interface PaintedNumber {
  readonly text: string;
  readonly colour: string;
}

/** Panels that do not fit, a stage that leaves the window, a page that scrolls: nothing where all is well. */
export function overflowingOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(overflowing);
}

/** Texts that are cut. */
export function clippedOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(clipped);
}

/** Texts of a page without a stage that are cut, or leave the window. */
export function outsideOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(outside);
}

/** What is cut or leaves the window, but in a table that scrolls by itself. */
export function strayOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(stray);
}

/** What has a hue. */
export function colouredOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(coloured);
}

/** The numbers of the body. */
export function numbersOf(page: Page): Promise<readonly PaintedNumber[]> {
  return page.evaluate<PaintedNumber[]>(numbers);
}

/** Every visible line of text. */
export function textsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(texts);
}

/** Where the first element of a selector stands on the screen; throws where it is not there. */
export async function boxOf(page: Page, selector: string): Promise<Box> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not shown`);
  return box;
}
