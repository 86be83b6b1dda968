import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { DistributedError } from "../error.js";
import { lmdbUnavailable } from "./lmdb-error.js";

const { errno } = constants;
const failure = (fields: object): Error => Object.assign(new Error("raw"), fields);

describe("lmdbUnavailable", () => {
  it.each([
    [{ code: errno.ENOSPC }, "transient", "no space is left on the disk (or the quota is used up)"],
    [{ code: errno.EROFS }, "permanent", "the file system is read-only"],
    [{ code: errno.EACCES }, "permanent", "this user may not write there"],
    // Node's own errors, as mkdir gives them.
    [{ code: "EACCES", errno: -errno.EACCES }, "permanent", "this user may not write there"],
    [{ code: -30790 }, "transient", "too many transactions are open at once"],
    [{ code: 9_999 }, "transient", "raw"],
    [{}, "transient", "raw"],
  ])("tells of %o", (fields, permanence, problem) => {
    const cause = failure(fields);
    expect(lmdbUnavailable("/data/store", cause)).toMatchObject({
      code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
      permanence,
      message: `The store in /data/store can't be used: ${problem}`,
      cause,
    });
  });

  it("leaves what is already told as it is", () => {
    const told = new DistributedError("ERR_ROBOFLOW_STORE_CLOSED", "closed");
    expect(lmdbUnavailable("/data/store", told)).toBe(told);
  });
});
