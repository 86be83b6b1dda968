import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "@roboflow/core";
import { describe, expect, it } from "vitest";
import { DatasetError } from "../error.js";
import { Annotation } from "./annotation.js";

function range(task: string, from: number | string, to: number | string): string {
  return `[[ranges]]\ntask = "${task}"\nfrom = ${from}\nto = ${to}\n`;
}

function problem(text: string): string {
  try {
    Annotation.fromToml(text, { file: "tasks.toml" });
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    expect(error.code).toBe("ERR_ROBOFLOW_ANNOTATION_INVALID");
    return error.message;
  }
  return "";
}

describe("fromToml", () => {
  it("reads seconds of the episode, in any order", () => {
    const text = `\uFEFF${range("second", 1.5, 2)}${range("first", 0, 1.5)}`;
    const annotation = Annotation.fromToml(text);
    expect(annotation).toMatchObject({
      origin: "episode",
      ranges: [
        { task: "first", from: 0n, to: 1_500_000_000n },
        { task: "second", from: 1_500_000_000n, to: 2_000_000_000n },
      ],
      content: text,
      hash: sha256Hex(text),
    });
    expect(Object.isFrozen(annotation) && Object.isFrozen(annotation.ranges)).toBe(true);
  });

  it("reads date-times with offset", () => {
    const text = range("go", "1970-01-01T00:00:01.250Z", "1970-01-01T02:00:02+02:00");
    expect(Annotation.fromToml(text)).toMatchObject({
      origin: "epoch",
      ranges: [{ task: "go", from: 1_250_000_000n, to: 2_000_000_000n }],
    });
  });
});

describe("errors", () => {
  it.each([
    ["no range", ""],
    ["an empty list", "ranges = []"],
    ["an unknown key", "[[ranges]]\ntask = 'a'\nstart = 0\nto = 1"],
    ["no task", range("", 0, 1)],
    ["a negative time", range("a", -1, 1)],
    ["a time without offset", range("a", "2026-05-01T12:00:00", "2026-05-01T12:00:01")],
    ["a range that ends where it begins", range("a", 1, 1)],
    ["two kinds in a range", range("a", 0, "2026-05-01T12:00:00Z")],
    [
      "two kinds in a file",
      range("a", 0, 1) + range("b", "2026-05-01T12:00:00Z", "2026-05-01T12:00:01Z"),
    ],
    ["an overlap", range("b", 1, 3) + range("a", 0, 1.1)],
    ["no TOML", "task: go"],
  ])("of %s", (name, text) => {
    expect(`${name}\n${problem(text)}`).toMatchSnapshot();
  });
});

it("fromFile reads what fromToml reads and names the file in errors", async () => {
  const directory = await mkdtemp(join(tmpdir(), "annotation-"));
  try {
    const file = join(directory, "tasks.toml");
    await writeFile(file, range("go", 0, 1));
    expect(await Annotation.fromFile(file)).toEqual(Annotation.fromToml(range("go", 0, 1)));
    await writeFile(file, range("go", 1, 0));
    await expect(Annotation.fromFile(file)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_ANNOTATION_INVALID",
      message: `${file}: line 4: ranges[0].to: must be later than \`from\``,
    });
    await expect(Annotation.fromFile(join(directory, "none.toml"))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
      hint: "The config's `annotation_file` is relative to the config's directory.",
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
