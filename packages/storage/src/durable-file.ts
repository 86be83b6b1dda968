import { createReadStream } from "node:fs";
import { link, mkdir, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { newId } from "@roboflow/core";
import { errnoCode } from "./fs-error.js";

/** Names of files that are being written; a crash leaves them, listings skip them. */
export const TEMPORARY_PREFIX = ".roboflow-tmp-";

type Fill = (file: FileHandle) => Promise<void>;

/**
 * Replaces `path` by what `fill` writes: written beside it, flushed, then renamed over it, so that
 * a reader or a crash meets the old or the whole new content.
 */
export async function replaceFile(path: string, fill: Fill): Promise<void> {
  const temporary = await writeTemporary(path, fill);
  await rename(temporary, path).catch(async (error: unknown) => {
    await unlinkIfPresent(temporary);
    throw error;
  });
  await syncDirectory(dirname(path));
}

/** Like `replaceFile`, but `false` and nothing changed if `path` exists, also under a race. */
export async function createFile(path: string, fill: Fill): Promise<boolean> {
  const temporary = await writeTemporary(path, fill);
  try {
    // Unlike rename, link refuses an existing name; unlike O_EXCL, it shows the whole content.
    await link(temporary, path);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlinkIfPresent(temporary);
  }
  await syncDirectory(dirname(path));
  return true;
}

/**
 * Moves a file over `to`, durably: a rename on the same disk, else (`EXDEV`) a copy that appears at
 * once; says which. `renameFile` is there to test the latter without a second disk.
 */
export async function moveFile(
  from: string,
  to: string,
  signal?: AbortSignal,
  renameFile: typeof rename = rename,
): Promise<"renamed" | "copied"> {
  await syncFile(from);
  await makeDirectory(dirname(to));
  try {
    await renameFile(from, to);
  } catch (error) {
    if (errnoCode(error) !== "EXDEV") throw error;
    await replaceFile(to, async (file) => {
      const parts: AsyncIterable<Buffer> = createReadStream(from, signal && { signal });
      for await (const part of parts) await file.writeFile(part);
    });
    await removeFile(from);
    return "copied";
  }
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
  return "renamed";
}

/** Removes a file durably; `false` if it was not there. */
export async function removeFile(path: string): Promise<boolean> {
  const removed = await unlinkIfPresent(path);
  if (removed) await syncDirectory(dirname(path));
  return removed;
}

async function writeTemporary(path: string, fill: Fill): Promise<string> {
  const directory = dirname(path);
  await makeDirectory(directory);
  const temporary = join(directory, `${TEMPORARY_PREFIX}${newId()}`);
  try {
    const file = await open(temporary, "wx");
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await unlinkIfPresent(temporary);
    throw error;
  }
  return temporary;
}

/** Makes the directory and its parents; each new entry is flushed in the directory that holds it. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; ; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

async function unlinkIfPresent(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows has no handle to a directory and orders metadata by itself.
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
