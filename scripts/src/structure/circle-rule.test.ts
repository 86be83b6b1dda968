import { expect, it } from "vitest";
import { examplePackage } from "../../test/example-package.js";
import { checkCircles } from "./circle-rule.js";

it("finds a circle that only types close", () => {
  const found = examplePackage(
    { name: "@x/a" },
    {
      "src/a.ts": 'import { b } from "./deep/b.js";',
      "src/deep/b.ts": 'import type { A } from "../a.js"; import "zod";',
      "src/c.ts": 'import "./a.js";',
    },
  );
  expect(checkCircles([found])).toEqual([
    "circle: packages/a/src/a.ts → packages/a/src/deep/b.ts → packages/a/src/a.ts",
  ]);
});

it("does not take the same path in two packages for one file", () => {
  const a = examplePackage({ name: "@x/a" }, { "src/a.ts": 'import "./b.js";' });
  const b = examplePackage({ name: "@x/b" }, { "src/b.ts": 'import "./a.js";' });
  expect(checkCircles([a, b])).toEqual([]);
});
