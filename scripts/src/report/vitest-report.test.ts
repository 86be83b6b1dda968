import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../run-command.js";
import { closingLine, sumTotals } from "./totals.js";
import { readTotals } from "./vitest-report.js";

let dir: string;
beforeEach(() => {
  // Inside of the package, so that the tests in it find Vitest.
  dir = mkdtempSync(join(import.meta.dirname, ".run-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Runs real tests by the real reporter. */
async function totalsOf(files: Record<string, string>) {
  for (const [name, code] of Object.entries(files)) {
    writeFileSync(join(dir, name), `import { it } from "vitest";\n${code}`);
  }
  // Its own settings, or Vitest takes those of this package.
  writeFileSync(join(dir, "vitest.config.js"), "export default {};");
  const report = join(dir, "report.json");
  const args = ["exec", "vitest", "run", `--root=${dir}`, "--reporter=json"];
  await runCommand("pnpm", [...args, `--outputFile=${report}`], { cwd: join(dir, "../../..") });
  return readTotals("pkg", report);
}

it("counts passed, failed, skipped and unfinished tests", async () => {
  const totals = await totalsOf({
    "a.test.js": 'it("works", () => {}); it.skip("later", () => {}); it.todo("some day");',
    "b.test.js": 'it("breaks", () => { throw new Error("no"); });',
  });
  expect(totals).toEqual({ passed: 1, failed: 1, skipped: 2, failures: ["pkg: breaks"] });
  expect(closingLine(totals)).toBe("1 passed, 1 failed, 2 skipped");
});

it("counts a file that can't be loaded as a failure", async () => {
  const totals = await totalsOf({
    "a.test.js": 'it("never runs", () => {}); import "./absent.js";',
  });
  expect(totals).toMatchObject({ passed: 0, failed: 1 });
  expect(totals.failures[0]).toMatch(/^pkg: .*a\.test\.js$/);
});

it("counts a run that left no report as a failure", () => {
  expect(readTotals("pkg", join(dir, "absent.json"))).toMatchObject({ failed: 1 });
});

it("sums", () => {
  const one = { passed: 2, failed: 1, skipped: 0, failures: ["a: x"] };
  const other = { passed: 3, failed: 0, skipped: 4, failures: [] };
  expect(sumTotals([one, other])).toEqual({ passed: 5, failed: 1, skipped: 4, failures: ["a: x"] });
});
