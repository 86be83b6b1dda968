import { expect, it } from "vitest";
import { contentDifferences } from "./dataset-content.js";

it("names what is missing, differs or should not be there", () => {
  const expected = new Map([
    ["data/a", "1"],
    ["data/b", "2"],
    ["meta/c", "3"],
  ]);
  const found = new Map([
    ["data/a", "1"],
    ["data/b", "9"],
    ["videos/d", "4"],
  ]);
  expect(contentDifferences(found, expected)).toEqual([
    "data/b differs",
    "meta/c is missing",
    "videos/d should not be there",
  ]);
  expect(contentDifferences(expected, expected)).toEqual([]);
});
