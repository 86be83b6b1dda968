import { createReadStream } from "node:fs";
import { link, mkdir, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { newId } from "@roboflow/core";
import { errnoCode } from "./fs-error.js";

/** Names of files that are being written; a crash leaves them, listings skip them. */
export const TEMPORARY_PREFIX = ".roboflow-tmp-";

export type Fill = (file: FileHandle) => Promise<void>;

/** Bytes of one read when a file is copied. */
const COPY_BYTES = 1024 * 1024;

/**
 * Replaces `path` by what `fill` writes: written beside it, flushed, then renamed over it, so that
 * a reader or a crash meets the old or the whole new content.
 */
export async function replaceFile(path: string, fill: Fill): Promise<void> {
  await renameInto(await writeTemporary(path, fill), path);
}

/** Renames a flushed temporary file over `path`, durably; removes it if that fails. */
export async function renameInto(temporary: string, path: string): Promise<void> {
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
    await replaceFile(to, contentOf(from, signal));
    await removeFile(from);
    return "copied";
  }
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
  return "renamed";
}

/**
 * Like `moveFile`, but `false` and nothing changed if `to` exists, also under a race. A crash may
 * leave the file under both names.
 */
export async function moveFileIfAbsent(
  from: string,
  to: string,
  signal?: AbortSignal,
  linkFile: typeof link = link,
): Promise<boolean> {
  await syncFile(from);
  await makeDirectory(dirname(to));
  try {
    await linkFile(from, to);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    if (errnoCode(error) !== "EXDEV") throw error;
    if (!(await createFile(to, contentOf(from, signal)))) return false;
  }
  await syncDirectory(dirname(to));
  await removeFile(from);
  return true;
}

/** A flushed file beside `path` with the content of `from`: a second name for it on the same disk, else a copy. */
export async function linkBeside(
  from: string,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${newId()}`);
  await syncFile(from);
  try {
    await link(from, temporary);
    return temporary;
  } catch (error) {
    if (errnoCode(error) !== "EXDEV") throw error;
    return writeTemporary(path, contentOf(from, signal));
  }
}

/** Fills a new file with the content of another one. */
export function contentOf(path: string, signal?: AbortSignal): Fill {
  return async (file) => {
    const parts: AsyncIterable<Buffer> = createReadStream(path, {
      highWaterMark: COPY_BYTES,
      ...(signal && { signal }),
    });
    for await (const part of parts) await file.writeFile(part);
  };
}

/** Removes a file durably; `false` if it was not there. */
export async function removeFile(path: string): Promise<boolean> {
  const removed = await unlinkIfPresent(path);
  if (removed) await syncDirectory(dirname(path));
  return removed;
}

/** A flushed file beside `path` with what `fill` writes; none if that fails. */
export async function writeTemporary(path: string, fill: Fill): Promise<string> {
  const { temporary, file } = await openTemporary(path);
  try {
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

/** A new empty file beside `path`, open for writing; the directory is made if need be. */
export async function openTemporary(
  path: string,
): Promise<{ readonly temporary: string; readonly file: FileHandle }> {
  const directory = dirname(path);
  await makeDirectory(directory);
  const temporary = join(directory, `${TEMPORARY_PREFIX}${newId()}`);
  return { temporary, file: await open(temporary, "wx") };
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

/** `false` if it was not there. */
export async function unlinkIfPresent(path: string): Promise<boolean> {
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
