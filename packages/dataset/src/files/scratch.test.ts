import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Scratch, sweepScratch } from "./scratch.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-scratch-test-"));
});
afterEach(() => rm(root, { recursive: true }));

it("is made at its first use, and gone with what is in it", async () => {
  const below = join(root, "a/b");
  await using unused = new Scratch(below);
  expect(unused).toBeDefined();
  {
    await using scratch = new Scratch(below);
    const directory = await scratch.directory();
    expect(await scratch.directory()).toBe(directory);
    await writeFile(join(directory, "file"), "");
  }
  expect(await readdir(below)).toEqual([]);
});

it("fails as storage does where it can't be made", async () => {
  await writeFile(join(root, "file"), "");
  await expect(new Scratch(join(root, "file")).directory()).rejects.toMatchObject({
    name: "StorageError",
  });
});

it("of dead processes is swept, that of living ones, of other hosts and all else stays", async () => {
  await using scratch = new Scratch(root);
  const own = basename(await scratch.directory());
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  const [, , host] = own.split("-");
  const dead = `roboflow-scratch-${host}-${child.pid}-1-x`;
  const reused = `roboflow-scratch-${host}-${process.pid}-1-x`;
  const elsewhere = `roboflow-scratch-00000000-${child.pid}-1-x`;
  for (const name of [dead, reused, elsewhere, "mine"]) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, "file"), "");
  }
  // Only Linux tells when a process began.
  const swept = process.platform === "linux" ? [dead, reused] : [dead];
  expect(await sweepScratch(root)).toBe(swept.length);
  const left = [own, elsewhere, "mine", ...(swept.includes(reused) ? [] : [reused])];
  expect((await readdir(root)).sort()).toEqual(left.sort());
  expect(await sweepScratch(join(root, "absent"))).toBe(0);
});
