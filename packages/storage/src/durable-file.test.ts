import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFile, moveFile, replaceFile } from "./durable-file.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "durable-file-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("moveFile", () => {
  const otherDisk = async (): Promise<void> => {
    throw Object.assign(new Error("cross-device link"), { code: "EXDEV" });
  };

  it("copies where a rename can't, then removes the source", async () => {
    const [from, to] = [join(directory, "from"), join(directory, "to/there")];
    await writeFile(from, "x".repeat(200_000));
    expect(await moveFile(from, to, undefined, otherDisk)).toBe("copied");
    expect(await readFile(to, "utf8")).toBe("x".repeat(200_000));
    expect(await readdir(directory, { recursive: true })).toEqual(["to", "to/there"]);
  });

  it("keeps source and target when the copy is aborted", async () => {
    const [from, to] = [join(directory, "from"), join(directory, "to")];
    await writeFile(from, "new");
    await writeFile(to, "old");
    const signal = AbortSignal.abort();
    await expect(moveFile(from, to, signal, otherDisk)).rejects.toThrow("aborted");
    expect(await readFile(from, "utf8")).toBe("new");
    expect(await readFile(to, "utf8")).toBe("old");
    expect(await readdir(directory)).toEqual(["from", "to"]);
  });

  it("renames on the same disk", async () => {
    await writeFile(join(directory, "from"), "x");
    expect(await moveFile(join(directory, "from"), join(directory, "to"))).toBe("renamed");
    expect(await readdir(directory)).toEqual(["to"]);
  });
});

it("leaves the old content and no litter when writing fails", async () => {
  const path = join(directory, "file");
  await writeFile(path, "old");
  const failing = async (): Promise<void> => {
    throw new Error("disk gone");
  };
  await expect(replaceFile(path, failing)).rejects.toThrow("disk gone");
  await expect(createFile(join(directory, "other"), failing)).rejects.toThrow("disk gone");
  expect(await readdir(directory)).toEqual(["file"]);
  expect(await readFile(path, "utf8")).toBe("old");
});
