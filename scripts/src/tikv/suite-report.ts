import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** What became of one test on one server. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed" }
  /** The server can't do what the test needs. */
  | { readonly kind: "lacks"; readonly what: readonly string[] };

export interface SuiteTest {
  /** Name of its file in `test/suite`. */
  readonly file: string;
  readonly name: string;
  readonly outcome: Outcome;
}

/** The part of Vitest's JSON report that counts; `meta` is what `describeOnServers` leaves. */
interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: "passed" | "failed";
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly meta?: { readonly lacks?: readonly string[] };
    }[];
  }[];
}

/** Every test of a run by its report. A file that could not be loaded is one failed test. */
export function readSuite(path: string): SuiteTest[] {
  const { testResults } = JSON.parse(readFileSync(path, "utf8")) as VitestReport;
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = basename(name);
    const tests = assertionResults.map(({ ancestorTitles, title, status, meta }): SuiteTest => {
      const name = [...ancestorTitles, title].filter((part) => part !== "").join(" › ");
      const lacks = meta?.lacks ?? [];
      if (status === "passed") return { file, name, outcome: { kind: "passed" } };
      // A skipped test that lacks nothing is one that somebody has switched off.
      if (lacks.length === 0) return { file, name, outcome: { kind: "failed" } };
      return { file, name, outcome: { kind: "lacks", what: lacks } };
    });
    const broken = status === "failed" && tests.every(({ outcome }) => outcome.kind !== "failed");
    const whole: SuiteTest = { file, name: "(the whole file)", outcome: { kind: "failed" } };
    return broken ? [...tests, whole] : tests;
  });
}
