import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findRecordings } from "./find-recordings.js";

describe("findRecordings", () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "roboflow-cli-"));
    for (const name of ["run10.mcap", "run2.mcap", "a[1].mcap", "notes.txt"])
      await writeFile(join(cwd, name), "");
  });
  afterEach(() => rm(cwd, { recursive: true }));

  it("orders what a pattern matches by number, not by letter", async () => {
    expect(await findRecordings(["run*.mcap"], cwd)).toEqual([
      join(cwd, "run2.mcap"),
      join(cwd, "run10.mcap"),
    ]);
  });

  it("keeps the order of arguments and drops repeats", async () => {
    expect(await findRecordings(["run10.mcap", "run*.mcap"], cwd)).toEqual([
      join(cwd, "run10.mcap"),
      join(cwd, "run2.mcap"),
    ]);
  });

  it("takes an existing file whose name looks like a pattern", async () => {
    expect(await findRecordings(["a[1].mcap"], cwd)).toEqual([join(cwd, "a[1].mcap")]);
  });

  it("leaves URLs as they are", async () => {
    expect(await findRecordings(["s3://bucket/run*.mcap"], cwd)).toEqual(["s3://bucket/run*.mcap"]);
  });

  it("names every argument that matches nothing", async () => {
    await expect(findRecordings(["x.mcap", "run2.mcap", "y*.mcap"], cwd)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CLI_NO_INPUT",
      message: "no such recording: x.mcap, y*.mcap",
    });
  });
});
