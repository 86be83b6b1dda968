import { describe, expect, it } from "vitest";
import { keyId } from "./codec.js";
import { AuditKeys, BatchKeys, ConfigKeys, JobKeys, LockKeys, WorkerKeys } from "./keys.js";

const HASH = "ab".repeat(32);

describe("keys", () => {
  it.each([
    [ConfigKeys.config(HASH), `/roboflow/v1/configs/${HASH}`],
    [ConfigKeys.annotation(HASH), `/roboflow/v1/annotations/${HASH}`],
    [ConfigKeys.configRef(HASH, "b1"), `/roboflow/v1/configrefs/${HASH}/b1`],
    [JobKeys.job("j1"), "/roboflow/v1/jobs/j1"],
    [JobKeys.ready(7, 3, "j1"), "/roboflow/v1/ready/92/003/j1"],
    [JobKeys.delayed(1_700_000_000_000, "j1"), "/roboflow/v1/delayed/0001700000000000/j1"],
    [JobKeys.status("Pending", "j1"), "/roboflow/v1/status/Pending/j1"],
    [JobKeys.idem(HASH), `/roboflow/v1/idem/${HASH}`],
    [WorkerKeys.worker("w1"), "/roboflow/v1/workers/w1"],
    [WorkerKeys.owned("w1", "j1"), "/roboflow/v1/owned/w1/j1"],
    [BatchKeys.batch("b1"), "/roboflow/v1/batches/b1"],
    [BatchKeys.open("b1", "j1"), "/roboflow/v1/batches/b1/open/j1"],
    [LockKeys.lock("reaper"), "/roboflow/v1/locks/reaper"],
    [AuditKeys.audit(1, "a1"), "/roboflow/v1/audit/0000000000000001/a1"],
  ])("%# is as documented", (key, text) => {
    expect(String(key)).toBe(text);
  });

  it("takes a hash in either case", () => {
    expect(ConfigKeys.config(HASH.toUpperCase())).toEqual(ConfigKeys.config(HASH));
  });

  it("sorts higher priorities first", () => {
    expect(Buffer.compare(JobKeys.ready(9, 0, "z"), JobKeys.ready(1, 0, "a"))).toBe(-1);
  });

  it("ends what is due before the jobs of that very time", () => {
    const end = JobKeys.delayedFrom(10);
    expect(Buffer.compare(JobKeys.delayed(9, "z"), end)).toBe(-1);
    expect(Buffer.compare(JobKeys.delayed(10, "a"), end)).toBe(1);
  });

  it("gives the job's id back", () => {
    expect(keyId(JobKeys.ready(1, 2, "j/1"))).toBe("j/1");
  });
});
