import { expect, it } from "vitest";
import { toStorageError } from "./fs-error.js";

it.each([
  ["ENOENT", "ERR_ROBOFLOW_STORAGE_NOT_FOUND", "permanent", "file:///x: no such file"],
  [
    "ENOTDIR",
    "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
    "permanent",
    "file:///x: a directory in its path is a file",
  ],
  [
    "EACCES",
    "ERR_ROBOFLOW_STORAGE_DENIED",
    "permanent",
    "file:///x: not allowed to write (EACCES)",
  ],
  ["EPERM", "ERR_ROBOFLOW_STORAGE_DENIED", "permanent", "file:///x: not allowed to write (EPERM)"],
  ["EROFS", "ERR_ROBOFLOW_STORAGE_DENIED", "permanent", "file:///x: not allowed to write (EROFS)"],
  [
    "ENOSPC",
    "ERR_ROBOFLOW_STORAGE_FULL",
    "transient",
    "file:///x: no space left to write (ENOSPC)",
  ],
  [
    "EDQUOT",
    "ERR_ROBOFLOW_STORAGE_FULL",
    "transient",
    "file:///x: no space left to write (EDQUOT)",
  ],
  ["EIO", "ERR_ROBOFLOW_STORAGE_IO", "transient", "file:///x: could not write (EIO)"],
  ["EMFILE", "ERR_ROBOFLOW_STORAGE_IO", "transient", "file:///x: could not write (EMFILE)"],
  ["EISDIR", "ERR_ROBOFLOW_STORAGE_IO", "permanent", "file:///x: could not write (EISDIR)"],
])("maps %s to %s, %s", (errno, code, permanence, message) => {
  const cause = Object.assign(new Error("from the system"), { code: errno });
  const error = toStorageError(cause, "write", "file:///x");
  expect(error).toMatchObject({ code, permanence, message, cause });
  expect(toStorageError(error, "read", "file:///y")).toBe(error);
});
