import { existsSync, readFileSync } from "node:fs";
import type { Totals } from "./totals.js";

/** The part of Vitest's JSON report (the format of Jest's) that counts. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: "passed" | "failed";
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: "passed" | "failed" | "skipped" | "pending" | "todo" | "disabled";
    }[];
  }[];
}

/**
 * Counts a package's tests from its report. A file that failed without a failed test (it could not
 * be loaded) counts as one failure, and so does a report that is missing: the run broke off.
 */
export function readTotals(name: string, path: string): Totals {
  if (!existsSync(path)) {
    return { passed: 0, failed: 1, skipped: 0, failures: [`${name}: ended without a report`] };
  }
  return countTests(name, JSON.parse(readFileSync(path, "utf8")) as VitestReport);
}

function countTests(name: string, report: VitestReport): Totals {
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  for (const file of report.testResults) {
    let failedTests = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else if (test.status === "failed") {
        failedTests += 1;
        failures.push(`${name}: ${test.fullName}`);
      } else skipped += 1;
    }
    if (file.status === "failed" && failedTests === 0) failures.push(`${name}: ${file.name}`);
  }
  return { passed, failed: failures.length, skipped, failures };
}
