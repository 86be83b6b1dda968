import { StorageError } from "./error.js";

/** Codes of the operating system that the same call meets again however often it is tried. */
const PERMANENT = new Set(["EISDIR", "ENAMETOOLONG", "ELOOP", "EINVAL", "EFBIG", "EXDEV"]);

/** The package's error for what `node:fs` threw while it did `action` (e.g. `read`) to `name`. */
export function toStorageError(error: unknown, action: string, name: string): StorageError {
  if (error instanceof StorageError) return error;
  const code = errnoCode(error);
  switch (code) {
    case "ENOENT":
      return new StorageError("ERR_ROBOFLOW_STORAGE_NOT_FOUND", `${name}: no such file`, {
        cause: error,
      });
    case "ENOTDIR":
      return new StorageError(
        "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
        `${name}: a directory in its path is a file`,
        { cause: error },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new StorageError(
        "ERR_ROBOFLOW_STORAGE_DENIED",
        `${name}: not allowed to ${action} (${code})`,
        { cause: error, hint: "Check the owner and mode of the file and of its directory." },
      );
    case "ENOSPC":
    case "EDQUOT":
      return new StorageError(
        "ERR_ROBOFLOW_STORAGE_FULL",
        `${name}: no space left to ${action} (${code})`,
        { cause: error, permanence: "transient", hint: "Free some space, then try again." },
      );
    case undefined:
    default:
      return new StorageError(
        "ERR_ROBOFLOW_STORAGE_IO",
        `${name}: could not ${action} (${code ?? String(error)})`,
        { cause: error, permanence: PERMANENT.has(code ?? "") ? "permanent" : "transient" },
      );
  }
}

/** e.g. `ENOENT`; undefined if the error is not from the operating system. */
export function errnoCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
