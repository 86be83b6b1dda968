import { expect, it } from "vitest";
import { checkContents } from "./contents-rule.js";

const sound = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];

it("accepts a sound package", () => expect(checkContents(sound)).toEqual([]));

it("misses what a user needs", () => {
  expect(checkContents(["package.json", "README.md"])).toEqual([
    "LICENSE is missing",
    "no JavaScript in dist/",
  ]);
});

it.each(["dist/a.test.js", "dist/test/a.js", "dist/build.tsbuildinfo", "vitest.config.ts"])(
  "refuses %s",
  (file) => expect(checkContents([...sound, file])).toEqual([`${file} must not ship`]),
);
