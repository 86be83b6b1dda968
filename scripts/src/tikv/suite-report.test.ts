import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCommand } from "../run-command.js";
import { readSuite } from "./suite-report.js";

let dir: string;
beforeEach(() => {
  // Inside of the package, so that the tests in it find Vitest.
  dir = mkdtempSync(join(import.meta.dirname, ".run-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Runs real tests by the real reporter. */
async function suiteOf(code: string) {
  writeFileSync(join(dir, "a.test.js"), `import { describe, it } from "vitest";\n${code}`);
  // Its own settings, or Vitest takes those of this package.
  writeFileSync(join(dir, "vitest.config.js"), "export default {};");
  const report = join(dir, "report.json");
  const args = ["exec", "vitest", "run", `--root=${dir}`, "--reporter=json"];
  await runCommand("pnpm", [...args, `--outputFile=${report}`], { cwd: join(dir, "../../..") });
  return readSuite(report);
}

it("tells what a test lacks from what fails and from what somebody switched off", async () => {
  const tests = await suiteOf(`
    describe("suite", () => {
      it("works", () => {});
      it("breaks", () => { throw new Error("no"); });
      it.skip("is off", () => {});
      it("can't here", { skip: true, meta: { lacks: ["ttl"] } }, () => {});
    });
    describe("none of it", { skip: true, meta: { lacks: ["gc", "tls"] } }, () => {
      describe("inner", () => it("can't either", () => {}));
    });
  `);
  const file = "a.test.js";
  expect(tests).toEqual([
    { file, name: "suite › works", outcome: { kind: "passed" } },
    { file, name: "suite › breaks", outcome: { kind: "failed" } },
    { file, name: "suite › is off", outcome: { kind: "failed" } },
    { file, name: "suite › can't here", outcome: { kind: "lacks", what: ["ttl"] } },
    {
      file,
      name: "none of it › inner › can't either",
      outcome: { kind: "lacks", what: ["gc", "tls"] },
    },
  ]);
});

it("counts a file that can't be loaded as one failed test", async () => {
  expect(await suiteOf('import "./absent.js";')).toEqual([
    { file: "a.test.js", name: "(the whole file)", outcome: { kind: "failed" } },
  ]);
});
