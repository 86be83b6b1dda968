import { expect, it } from "vitest";
import { lineFinder } from "./line-finder.js";

const TEXT = `\uFEFFtop = 1
[dataset]
name = """
two lines"""
"quoted key" = 1
dotted.key = [
  1,
  { inner = 2 },
]

[[mappings]]
topic = "/a"
[[mappings]]
topic = "/b"
`;

it.each([
  [["top"], 1],
  [["dataset"], 2],
  [["dataset", "name"], 3],
  [["dataset", "quoted key"], 5],
  [["dataset", "dotted"], 6],
  [["dataset", "dotted", "key", 0], 7],
  [["dataset", "dotted", "key", 1, "inner"], 8],
  [["mappings", 0], 11],
  [["mappings", 1, "topic"], 14],
])("finds %j in line %i", (path, line) => {
  expect(lineFinder(TEXT)(path)).toBe(line);
});

it("names the nearest table for a key that is not there, and nothing for the file", () => {
  const find = lineFinder(TEXT);
  expect(find(["mappings", 1, "feature"])).toBe(13);
  expect(find(["video"])).toBeUndefined();
  expect(find([])).toBeUndefined();
});

it("counts lines that end in CRLF", () => {
  expect(lineFinder("a = 1\r\nb = 2\r\n")(["b"])).toBe(2);
});

it("gives no lines for what its parser refuses, or is too long", () => {
  expect(lineFinder("= nothing")(["a"])).toBeUndefined();
  expect(lineFinder(`a = 1\n#${"-".repeat(64 * 1024)}`)(["a"])).toBeUndefined();
});
