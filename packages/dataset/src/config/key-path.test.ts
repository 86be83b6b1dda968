import { describe, expect, it } from "vitest";
import { formatKey, formatPath, shorten, valueAt } from "./key-path.js";

describe("formatPath", () => {
  it("writes keys with dots and indices in brackets", () => {
    expect(formatPath(["mappings", 1, "feature"])).toBe("mappings[1].feature");
    expect(formatPath([])).toBe("");
  });

  it("quotes keys that TOML quotes and cuts long ones", () => {
    expect(formatPath(["a", "b c"])).toBe('a."b c"');
    expect(formatKey("k".repeat(41))).toBe(`"${"k".repeat(39)}…"`);
  });
});

it("shorten never cuts a character in two", () => {
  expect(shorten("x".repeat(40))).toBe("x".repeat(40));
  expect(shorten(`${"x".repeat(38)}😀😀`)).toBe(`${"x".repeat(38)}…`);
});

it("valueAt finds own values only", () => {
  expect(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
  expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
  expect(valueAt({}, ["constructor"])).toBeUndefined();
});
