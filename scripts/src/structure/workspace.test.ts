import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSizes } from "./size-rule.js";
import { isTestFile, readPackage, workspacePackages } from "./workspace.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "workspace-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
}

it("reads a package's own TypeScript files and no others", () => {
  write("p/package.json", '{ "name": "@x/p" }');
  for (const path of ["src/a.ts", "src/deep/b.test.ts", "vitest.config.ts"]) write(`p/${path}`, "");
  for (const path of ["dist/a.d.ts", "node_modules/q/q.ts", ".cache/c.ts", "a.js"])
    write(`p/${path}`, "");
  expect(readPackage(root, "p")).toEqual({
    dir: "p",
    manifest: { name: "@x/p" },
    files: ["p/src/a.ts", "p/src/deep/b.test.ts", "p/vitest.config.ts"],
  });
});

it("lists this workspace, without its root", () => {
  const names = workspacePackages(fileURLToPath(new URL("../../..", import.meta.url))).map(
    ({ manifest }) => manifest.name,
  );
  expect(names).toContain("@roboflow/core");
  expect(names).not.toContain("roboflow-workspace");
});

it.each([
  ["packages/a/src/b.test.ts", true],
  ["packages/a/bench/b.ts", true],
  ["packages/a/vitest.config.ts", true],
  ["packages/a/src/latest.ts", false],
  ["packages/a/src/config/testing.ts", false],
])("%s is a test: %s", (path, expected) => expect(isTestFile(path)).toBe(expected));

describe("checkSizes", () => {
  it("finds files above the limit, not at it, and forgives generated ones", () => {
    write("p/package.json", '{ "name": "p" }');
    write("p/src/long.ts", "\n".repeat(11));
    write("p/src/fits.ts", "\n".repeat(10));
    write("p/src/gen/kv_pb.ts", "\n".repeat(99));
    expect(checkSizes(root, [readPackage(root, "p")], 10)).toEqual([
      "p/src/long.ts: 11 lines, more than 10",
    ]);
  });
});
