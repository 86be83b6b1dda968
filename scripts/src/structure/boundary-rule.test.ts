import { expect, it } from "vitest";
import { examplePackage } from "../../test/example-package.js";
import { checkBoundaries } from "./boundary-rule.js";

function problemsOf(path: string, specifier: string): string[] {
  return checkBoundaries([examplePackage({ name: "@x/a" }, { [path]: `import "${specifier}";` })]);
}

it("accepts files of the same package", () => {
  expect(problemsOf("src/deep/a.ts", "../b.js")).toEqual([]);
});

it("refuses a way into another package", () => {
  expect(problemsOf("src/a.ts", "../../ab/src/b.js")).toEqual([
    "packages/a/src/a.ts:1: ../../ab/src/b.js leaves @x/a",
  ]);
});

it("accepts the shared settings from settings only", () => {
  expect(problemsOf("vitest.config.ts", "../../vitest.shared.js")).toEqual([]);
  expect(problemsOf("src/a.ts", "../../../vitest.shared.js")).toHaveLength(1);
});

it("refuses a test in what ships, but not in a test", () => {
  expect(problemsOf("src/b.test.ts", "../test/a.js")).toEqual([]);
  expect(problemsOf("src/b.ts", "../test/a.js")).toEqual([
    "packages/a/src/b.ts:1: ../test/a.js is a test, but this file ships",
  ]);
});
