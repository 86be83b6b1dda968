import { describe, expect, it } from "vitest";
import { examplePackage } from "../../test/example-package.js";
import { checkLayers, checkTable } from "./layer-rule.js";
import { LAYERS } from "./layers.js";

const layers = {
  "@x/low": { imports: [] },
  "@x/kit": { imports: [] },
  "@x/high": { imports: ["@x/low"], testsImport: ["@x/kit"] },
};
const low = examplePackage({ name: "@x/low" }, {});
const kit = examplePackage({ name: "@x/kit" }, {});

function highWith(path: string, code: string) {
  return [low, kit, examplePackage({ name: "@x/high" }, { [path]: code })];
}

describe("checkTable", () => {
  it("finds nothing wrong with the workspace's own table", () => {
    expect(checkTable([], LAYERS)).toEqual([]);
  });

  it("refuses a layer that reaches up, so that the table can't hold a circle", () => {
    const problems = checkTable([], { "@x/a": { imports: ["@x/b"] }, "@x/b": { imports: [] } });
    expect(problems).toEqual(["layers.ts: @x/a names @x/b, which is not above it"]);
  });

  it("refuses a package without a place", () => {
    expect(checkTable([low], {})).toEqual([
      "packages/low: @x/low has no place in scripts/src/structure/layers.ts",
    ]);
  });
});

describe("checkLayers", () => {
  it("lets imports point down", () => {
    const packages = highWith("src/a.ts", 'import "@x/low"; import "zod"; import "node:fs";');
    expect(checkLayers(packages, layers)).toEqual([]);
  });

  it("refuses imports that point up, also of types", () => {
    const upward = examplePackage(
      { name: "@x/low" },
      { "src/a.ts": '\nimport type { T } from "@x/high";' },
    );
    const high = examplePackage({ name: "@x/high" }, {});
    expect(checkLayers([upward, high], layers)).toEqual([
      "packages/low/src/a.ts:2: @x/low must not import @x/high",
    ]);
  });

  it("lets only tests import what tests may", () => {
    expect(checkLayers(highWith("src/a.test.ts", 'import "@x/kit";'), layers)).toEqual([]);
    expect(checkLayers(highWith("src/a.ts", 'import "@x/kit";'), layers)).toEqual([
      "packages/high/src/a.ts:1: @x/high must not import @x/kit",
    ]);
  });

  it("refuses a file of another package that it does not export", () => {
    expect(checkLayers(highWith("src/a.ts", 'import "@x/low/src/b.js";'), layers)).toEqual([
      "packages/high/src/a.ts:1: @x/low/src/b.js is not among the exports of @x/low",
    ]);
  });
});
