import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, toUrl, type Storage } from "@roboflow/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findRecordings } from "./find-recordings.js";

describe("findRecordings", () => {
  let cwd: string;
  let storage: Storage;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), "roboflow-cli-"));
    storage = createStorage();
    for (const name of ["run10.mcap", "run2.mcap", "a[1].mcap", "notes.txt"])
      await writeFile(join(cwd, name), "");
  });
  afterEach(async () => {
    await storage.close();
    await rm(cwd, { recursive: true });
  });

  const find = (...args: string[]) =>
    findRecordings(args, { cwd, storage, signal: new AbortController().signal });
  const sources = async (...args: string[]) => (await find(...args)).map(({ source }) => source);

  it("orders what a pattern matches by number, not by letter", async () => {
    expect(await sources("run*.mcap")).toEqual([join(cwd, "run2.mcap"), join(cwd, "run10.mcap")]);
  });

  it("keeps the order of arguments and drops repeats", async () => {
    expect(await sources("run10.mcap", "run*.mcap")).toEqual([
      join(cwd, "run10.mcap"),
      join(cwd, "run2.mcap"),
    ]);
  });

  it("takes an existing file whose name looks like a pattern", async () => {
    expect(await sources("a[1].mcap")).toEqual([join(cwd, "a[1].mcap")]);
  });

  it("leaves URLs without a pattern as they are", async () => {
    expect(await find("s3://bucket/run1.mcap")).toEqual([{ source: "s3://bucket/run1.mcap" }]);
  });

  it("lists what a URL with a pattern matches, and keeps what the listing tells", async () => {
    const root = toUrl(cwd, "/");
    expect(await find(`${root}/run*.mcap`)).toEqual([
      { source: `${root}/run2.mcap`, known: await storage.stat(`${root}/run2.mcap`) },
      { source: `${root}/run10.mcap`, known: await storage.stat(`${root}/run10.mcap`) },
    ]);
  });

  it("matches names of URLs as they are, and directories only by **", async () => {
    await mkdir(join(cwd, "deep"));
    await writeFile(join(cwd, "deep", "run 3.mcap"), "");
    const root = toUrl(cwd, "/");
    expect(await sources(`${root}/run[0-9].mcap`)).toEqual([`${root}/run2.mcap`]);
    expect(await sources(`${root}/**/run ?.mcap`)).toEqual([`${root}/deep/run%203.mcap`]);
  });

  it("names every argument that matches nothing", async () => {
    const none = `${toUrl(cwd, "/")}/z*.mcap`;
    await expect(find("x.mcap", "run2.mcap", "y*.mcap", none)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CLI_NO_INPUT",
      message: `no such recording: x.mcap, y*.mcap, ${none}`,
    });
  });
});
