// What a vitest run came to, read from its JSON report and said in one line.
import { readFileSync } from "node:fs";

/**
 * Counts the report's tests. A file that could not even be loaded has no tests in the report, so it counts as one
 * failed; otherwise a broken import would read as "0 failed".
 */
export function readOutcome(file) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return { passed: 0, failed: 0, skipped: 0, problem: `No usable test report: ${error.message}` };
  }
  const broken = report.testResults.filter(
    (result) => result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const outcome = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  return outcome.passed + outcome.failed === 0 ? { ...outcome, problem: "No test ran." } : outcome;
}

/** The last line of the test command: `N passed, N failed`, and how many were skipped when any were. */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
