import { RoboflowError } from "@roboflow/core";
import { toStorageError } from "@roboflow/storage";

/**
 * Does `work` below the directory `url`. What `node:fs` throws on the way (a full disk, a directory
 * that is gone) becomes a StorageError, so that whoever retries knows whether that can help.
 */
export async function withStorageErrors<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isFileSystemError(error) ? toStorageError(error, "write", url) : error;
  }
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof RoboflowError) && "syscall" in error;
}
