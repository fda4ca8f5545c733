// What axe holds against a page: the rules of WCAG 2.2 A and AA that a program can decide.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What is broken, one line a rule; within: a part of the page, where something lies hidden behind it. */
export async function accessFaultsOf(page: Page, within = "html"): Promise<readonly string[]> {
  // The page forbids scripts that it did not bring: this one comes by the debugger, as a person's own tool would.
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    `axe.run(document.querySelector(${JSON.stringify(within)}), { runOnly: ${JSON.stringify(tags)} }).then(({ violations, passes }) =>
      passes.length < 10 ? ["axe has looked at nothing"] :
        violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target, html }) => target.join(" ") + " " + html).join(", ")))`,
  );
}
