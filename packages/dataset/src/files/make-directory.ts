import { mkdir } from "node:fs/promises";
import { toPath, toStorageError } from "@roboflow/storage";

/**
 * Makes the local directory of a `file:` URL, and those above it.
 * @returns its path
 * @throws StorageError, so that one that can never be made fails a job at once
 */
export async function makeDirectory(url: string): Promise<string> {
  const path = toPath(url);
  try {
    await mkdir(path, { recursive: true });
    return path;
  } catch (error) {
    throw toStorageError(error, "make the directory", url);
  }
}
