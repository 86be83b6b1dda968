import { expect, it } from "vitest";
import { examplePackage } from "../../test/example-package.js";
import { checkDependencies } from "./dependency-rule.js";

const manifest = { name: "@x/a", dependencies: { zod: "1" }, devDependencies: { vitest: "1" } };

function problemsOf(path: string, code: string): string[] {
  return checkDependencies([examplePackage(manifest, { [path]: code })]);
}

it("accepts what is declared, Node's own modules and the package itself", () => {
  const code = 'import "zod"; import "zod/mini"; import "node:fs"; import "./b.js"; import "@x/a";';
  expect(problemsOf("src/a.ts", code)).toEqual([]);
});

it("accepts devDependencies in tests only", () => {
  expect(problemsOf("src/a.test.ts", 'import "vitest";')).toEqual([]);
  expect(problemsOf("src/a.ts", 'import "vitest";')).toEqual([
    "packages/a/src/a.ts:1: vitest is only a devDependency, but this file ships",
  ]);
});

it("finds a module that is imported lazily but never declared", () => {
  expect(problemsOf("src/a.ts", 'export const load = () => import("lmdb");')).toEqual([
    "packages/a/src/a.ts:1: lmdb is not among the dependencies of @x/a",
  ]);
});

it("accepts tools that all packages share, in tests only", () => {
  const found = examplePackage(manifest, {
    "src/a.ts": 'import "tsx";',
    "src/a.test.ts": 'import "tsx";',
  });
  expect(checkDependencies([found], { tsx: "4" })).toEqual([
    "packages/a/src/a.ts:1: tsx is not among the dependencies of @x/a",
  ]);
});
