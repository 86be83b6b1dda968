import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { DatasetError } from "../error.js";
import { withStorageErrors } from "./with-storage-errors.js";

const URL = "file:///data/out";

describe("withStorageErrors", () => {
  it.runIf(process.platform === "linux")(
    "tells of a full disk that trying again may help",
    async () => {
      // Every write to this device fails with ENOSPC.
      const write = () => writeFile("/dev/full", "x");
      await expect(withStorageErrors(URL, write)).rejects.toMatchObject({
        name: "StorageError",
        code: "ERR_ROBOFLOW_STORAGE_FULL",
        permanence: "transient",
        message: `${URL}: no space left to write (ENOSPC)`,
        hint: "Free some space, then try again.",
      });
    },
  );

  it("leaves results and all other errors as they are", async () => {
    expect(await withStorageErrors(URL, async () => 1)).toBe(1);
    for (const error of [new DatasetError("ERR_ROBOFLOW_DATASET_GAP", "x"), new TypeError("x")]) {
      await expect(withStorageErrors(URL, () => Promise.reject(error))).rejects.toBe(error);
    }
  });
});
