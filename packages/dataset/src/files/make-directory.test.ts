import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeDirectory } from "./make-directory.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-directory-"));
});
afterEach(() => rm(root, { recursive: true }));

it("makes a directory with those above it, also again", async () => {
  const path = join(root, "a/b");
  expect(await makeDirectory(pathToFileURL(path).href)).toBe(path);
  expect(await makeDirectory(pathToFileURL(path).href)).toBe(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it("fails for good where a file is in the way, naming the URL", async () => {
  await writeFile(join(root, "file"), "");
  const url = pathToFileURL(join(root, "file/below")).href;
  await expect(makeDirectory(url)).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
    permanence: "permanent",
    message: `${url}: a directory in its path is a file`,
  });
});
