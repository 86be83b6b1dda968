import { describe, expect, it } from "vitest";
import { DatasetError } from "../error.js";
import { parseToml } from "./parse-toml.js";
import { decodeToml, type TomlSource } from "./toml-source.js";

const source: TomlSource = { name: "robot.toml", code: "ERR_ROBOFLOW_CONFIG_INVALID" };

function messageOf(content: string | Uint8Array): string {
  try {
    parseToml(decodeToml(content, source), source);
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    expect(error).toMatchObject({ code: source.code, permanence: "permanent" });
    // A cause could quote the file.
    expect(error.cause).toBeUndefined();
    return error.message;
  }
  return "";
}

describe("limits", () => {
  it("1 MiB of UTF-8, not of characters", () => {
    expect(messageOf(`#${"x".repeat(1024 * 1024 - 1)}`)).toBe("");
    expect(messageOf(`#${"x".repeat(1024 * 1024)}`)).toMatchInlineSnapshot(
      `"robot.toml: is too large: 1048577 bytes, the limit is 1048576"`,
    );
    expect(messageOf(`#${"é".repeat(512 * 1024)}`)).toContain("is too large: 1048577 bytes");
  });

  it("valid UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('a = 1\nb = "'), Uint8Array.of(0xc3, 0x28)]);
    expect(messageOf(bytes)).toMatchInlineSnapshot(`"robot.toml: line 2: is not valid UTF-8"`);
    expect(messageOf('a = 1\nb = "\uD800"')).toBe("robot.toml: line 2: is not valid UTF-8");
  });

  it("32 levels, however they are written", () => {
    const deep = (levels: number): string => `x = ${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(messageOf(deep(32))).toBe("");
    expect(messageOf(deep(33))).toMatchInlineSnapshot(
      `"robot.toml: line 1, column 37: is nested too deeply; the limit is 32 levels"`,
    );
    expect(messageOf(`[${"a.".repeat(32)}b]`)).toMatchInlineSnapshot(
      `"robot.toml: line 1: a.a.a: is nested too deeply; the limit is 32 levels"`,
    );
    expect(messageOf(`${"a.".repeat(31)}b = [[]]`)).toContain("is nested too deeply");
    expect(messageOf(`${"a.".repeat(31)}b = []`)).toBe("");
  });

  it("1,000 keys in all", () => {
    const keys = (count: number): string =>
      Array.from({ length: count }, (_, index) => `k${index} = 1`).join("\n");
    expect(messageOf(`[t]\n${keys(999)}`)).toBe("");
    expect(messageOf(`[t]\n${keys(1000)}`)).toMatchInlineSnapshot(
      `"robot.toml: has more than 1000 keys"`,
    );
  });

  it("10,000 elements in an array", () => {
    expect(messageOf(`[t]\na = [${"1,".repeat(10_000)}]`)).toBe("");
    expect(messageOf(`[t]\na = [${"1,".repeat(10_001)}]`)).toMatchInlineSnapshot(
      `"robot.toml: line 2: t.a: has 10001 elements; the limit is 10000"`,
    );
  });

  it.each([
    ["a dotted key", `a${".a".repeat(500_000)} = 1`],
    ["arrays", `a = ${"[".repeat(1_000_000)}`],
    ["inline tables", `a = ${"{a=".repeat(300_000)}`],
    ["tables", `[${"a.".repeat(500_000)}a]`],
  ])("1 MiB of nested %s does not exhaust the stack", (_name, text) => {
    expect(messageOf(text)).toContain("is nested too deeply");
  });
});

describe("syntax errors", () => {
  it("name file, line and column, and quote nothing of the file", () => {
    expect(messageOf('[dataset]\nsecret = "hunter2\nfps = 30')).toMatchInlineSnapshot(
      `"robot.toml: line 2, column 18: is not valid TOML: control characters are not allowed in strings"`,
    );
    expect(messageOf("a = 1\r\na = 2")).toMatchInlineSnapshot(
      `"robot.toml: line 2, column 1: is not valid TOML: trying to redefine an already defined table or value"`,
    );
  });

  it("refuse keys that could reach an object's prototype", () => {
    expect(messageOf("[__proto__]\nx = 1")).toMatchInlineSnapshot(
      `"robot.toml: line 1, column 2: is not valid TOML: document contains an unsafe property"`,
    );
  });
});
