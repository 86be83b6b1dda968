import { describe, expect, it } from "vitest";
import { importsOf, packageOf } from "./imports.js";

describe("importsOf", () => {
  it("finds each way of importing, with its line", () => {
    const code = [
      'import { a } from "a";',
      'import type { B } from "b";',
      'export * from "c";',
      'export { d } from "d";',
      'import "e";',
      'const f = () => import("f");',
      'type G = import("g").G;',
      'const h: typeof import("h") | undefined = undefined;',
    ].join("\n");
    expect(importsOf("x.ts", code)).toEqual(
      Array.from("abcdefgh", (specifier, index) => ({ specifier, line: index + 1 })),
    );
  });

  it("is not taken in by comments, strings or computed imports", () => {
    const code =
      '// import "a"\nconst s = `import "b"`; export const t = (u: string) => import(u);';
    expect(importsOf("x.ts", code)).toEqual([]);
  });

  it("refuses a file that does not parse instead of finding nothing in it", () => {
    expect(() => importsOf("x.ts", "import {")).toThrow("x.ts: ");
  });
});

describe("packageOf", () => {
  it.each([
    ["lmdb", "lmdb"],
    ["node-av/lib", "node-av"],
    ["@roboflow/core", "@roboflow/core"],
    ["@roboflow/core/src/error.js", "@roboflow/core"],
    ["node:fs", undefined],
    ["./error.js", undefined],
    ["../x.js", undefined],
  ])("%s is of %s", (specifier, name) => expect(packageOf(specifier)).toBe(name));
});
