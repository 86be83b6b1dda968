import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  describeExactDecisions,
  describeStorage,
  type StorageUnderTest,
} from "../test/storage.contract.js";
import { createStorage } from "./create-storage.js";
import { LocalStorage } from "./local-storage.js";
import type { Storage } from "./storage.js";
import { joinUrl, toPath, toUrl } from "./url.js";

async function local(storage: Storage = new LocalStorage()): Promise<StorageUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), "storage test #1 "));
  await mkdir(join(directory, "scratch"));
  return {
    storage,
    base: toUrl(`${directory}/base/`, "/"),
    scratch: join(directory, "scratch"),
    async [Symbol.asyncDispose]() {
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
}

describeStorage("LocalStorage", () => local());
describeExactDecisions("LocalStorage", () => local());
describeStorage("createStorage", () => local(createStorage()));

it("leaves no temporary file, neither after success nor after an abort in mid-write", async () => {
  await using test = await local();
  const url = joinUrl(test.base, "file");
  await test.storage.put(url, new Uint8Array(10));
  const controller = new AbortController();
  const writing = test.storage.put(url, new Uint8Array(50_000_000), { signal: controller.signal });
  setImmediate(() => controller.abort());
  await expect(writing).rejects.toThrow("aborted");
  expect(await readdir(toPath(test.base))).toEqual(["file"]);
  expect((await test.storage.stat(url)).size).toBe(10);
});

it("does not list what a crash left half written", async () => {
  await using test = await local();
  await test.storage.put(joinUrl(test.base, "whole"), new Uint8Array(1));
  await writeFile(join(toPath(test.base), ".roboflow-tmp-0199"), "half");
  const listed: string[] = [];
  for await (const { url } of test.storage.list(test.base)) listed.push(url);
  expect(listed).toEqual([joinUrl(test.base, "whole")]);
  await test.storage.removeTree(test.base);
  await expect(readdir(toPath(test.base))).rejects.toThrow("ENOENT");
});

it("takes no directory for a file", async () => {
  await using test = await local();
  await test.storage.put(joinUrl(test.base, "dir/file"), new Uint8Array(1));
  const directory = joinUrl(test.base, "dir");
  expect(await test.storage.exists(directory)).toBe(false);
  await expect(test.storage.open(directory)).rejects.toThrow(`${directory}: not a regular file`);
  await expect(test.storage.put(`${directory}/`, new Uint8Array(1))).rejects.toThrow(
    "names a directory",
  );
  await expect(test.storage.put(directory, new Uint8Array(1))).rejects.toMatchObject({
    code: "ERR_ROBOFLOW_STORAGE_IO",
    permanence: "permanent",
  });
});

it("follows symbolic links to files", async () => {
  await using test = await local();
  const target = joinUrl(test.base, "target");
  await test.storage.put(target, Uint8Array.of(7));
  await symlink(toPath(target), join(toPath(test.base), "link"));
  expect(await test.storage.readAll(joinUrl(test.base, "link"))).toEqual(Uint8Array.of(7));
});
