import { expect, it } from "vitest";
import type { SuiteTest } from "./suite-report.js";
import { differences, renderTable } from "./tested-table.js";

const passed = (file: string, name: string): SuiteTest => ({
  file,
  name,
  outcome: { kind: "passed" },
});
const lacks = (file: string, name: string, ...what: string[]): SuiteTest => ({
  file,
  name,
  outcome: { kind: "lacks", what },
});

const RUNS = new Map([
  ["testkit", [passed("raw.test.ts", "raw › a|b"), passed("gc.test.ts", "gc › collects")]],
  ["go", [passed("raw.test.ts", "raw › a|b"), lacks("gc.test.ts", "gc › collects", "gc", "ttl")]],
]);

it("tells of each test what became of it on each server", () => {
  expect(renderTable(RUNS, "# Tested\n")).toBe(
    `# Tested

## gc.test.ts

| test | testkit | go |
| --- | --- | --- |
| gc › collects | passed | lacks gc, ttl |

## raw.test.ts

| test | testkit | go |
| --- | --- | --- |
| raw › a\\|b | passed | passed |
`,
  );
});

it("finds a table current, however it is laid out", () => {
  const table = renderTable(RUNS, "# Tested");
  expect(differences(table, RUNS)).toEqual([]);
  expect(differences(table.replaceAll(" |", "    |"), RUNS)).toEqual([]);
});

it("compares only with the servers that ran", () => {
  const go = new Map([["go", RUNS.get("go") ?? []]]);
  expect(differences(renderTable(RUNS, ""), go)).toEqual([]);
});

it("names tests that are new, gone or went another way", () => {
  const table = renderTable(
    new Map([["go", [passed("raw.test.ts", "gone"), lacks("raw.test.ts", "other", "ttl")]]]),
    "",
  );
  const now = new Map([["go", [passed("raw.test.ts", "new"), passed("raw.test.ts", "other")]]]);
  expect(differences(table, now)).toEqual([
    "raw.test.ts: gone: go: no such test, in the table passed",
    "raw.test.ts: other: go: passed, in the table lacks ttl",
    "raw.test.ts: new: go: passed, in the table no such test",
  ]);
});
