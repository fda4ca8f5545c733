// npm run mutants [-- --own FILES]: changes the domain in small ways, one at a time, and names every change that no test notices.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { verdictOf, explainedIn } from "./mutants/explained.mjs";
import { createJudge } from "./mutants/judge.mjs";
import { mutantsOf } from "./mutants/operators.mjs";
import { survivorLines, tableOf } from "./mutants/table.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const listed = "docs/tests.md";

function filesOf(folder, ending) {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(ending),
  );
  return names.map((name) => `${folder}/${name}`).toSorted();
}

/** The domain's files, or those that were named. */
function wanted(names) {
  const all = filesOf("server/domain", ".ts");
  if (names.length === 0) return all;
  const files = names.map((name) => relative(root, name));
  const strange = files.filter((file) => !all.includes(file));
  if (strange.length > 0) throw new Error(`not a file of server/domain: ${strange.join(", ")}`);
  return files;
}

/** The tests that are named after one of these files, or begin so. */
function ownTests(files) {
  const own = files.map((file) => basename(file, ".ts"));
  return filesOf("test/domain", ".test.ts").filter((test) => own.some((name) => basename(test).startsWith(name)));
}

/**
 * The tests in the order in which they are asked: those of the files themselves, the domain's others, and the stories
 * and real series. A test that takes longer than `longestMs` is not run again for each mutant.
 */
function testsFor(files) {
  const own = ownTests(files);
  const rankOf = (test) => (own.includes(test) ? 0 : /\/(?:monitor|real)\//.test(test) ? 2 : 1);
  const all = filesOf("test/domain", ".test.ts").map((test) => ({ test, rank: rankOf(test) }));
  return all.toSorted((a, b) => a.rank - b.rank).map((one) => ({ ...one, longestMs: one.rank === 0 ? 3000 : 300 }));
}

const began = Date.now();
const names = process.argv.slice(2);
// Only the tests that are named after the files: what somebody asks who is writing them.
const isOwn = names[0] === "--own";
const files = wanted(isOwn ? names.slice(1) : names);
let id = 0;
const sources = files.map((file) => {
  const text = readFileSync(join(root, file), "utf8");
  return { file, text, mutants: mutantsOf(file, text).map((mutant) => Object.assign(mutant, { id: id++ })) };
});
const explained = explainedIn(readFileSync(join(root, listed), "utf8")).filter(({ file }) => files.includes(file));
console.log(`${id} mutants in ${files.length} files`);

const judge = await createJudge({ root, sources });
/** Goes through the tests of these ranks, until no survivor is left to be explained. */
async function ask(tests) {
  for (const { test, longestMs } of tests) {
    const before = judge.living().length;
    if (verdictOf(judge.living(), explained).unexplained.length === 0) return;
    const { skipped } = await judge.run(test, longestMs);
    const without = skipped.length > 0 ? `, without ${skipped.length} that take too long to be run so often` : "";
    console.log(`${test}: ${before - judge.living().length} of ${before}${without}`);
  }
}

try {
  const tests = testsFor(files);
  await ask(tests.filter(({ rank }) => rank < (isOwn ? 1 : 2)));
  const loaded = judge.loaded();
  if (loaded.length > 0) console.log(`${loaded.length} are reached when tests are loaded: loading their own anew`);
  for (const mutant of loaded) {
    const own = ownTests([mutant.file]);
    await judge.reload(mutant, own);
  }
  if (!isOwn) await ask(tests.filter(({ rank }) => rank === 2));
} finally {
  await judge.close();
}

const { unexplained, stale } = verdictOf(judge.living(), explained);
console.log(survivorLines(unexplained));
for (const entry of stale) {
  console.log(`${entry.file}: explained in ${listed}, but it does not survive: \`${entry.from}\` → \`${entry.to}\``);
}
console.log(tableOf(sources, unexplained));
console.log(`${Math.round((Date.now() - began) / 1000)} s; ${unexplained.length} unexplained, ${stale.length} stale`);
process.exitCode = unexplained.length + stale.length > 0 ? 1 : 0;
