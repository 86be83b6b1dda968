import { describe, expect, it } from "vitest";
import { memoryRig } from "../../test/queue/queue-rig.js";
import { writeAudit } from "../queue/audit.js";
import { pruneAudit } from "./prune-audit.js";

describe("pruneAudit", () => {
  it("removes old entries page by page, and enters that it did", async () => {
    const { store, queue, clock } = await memoryRig();
    const subject = { kind: "batch", id: "b" } as const;
    const enter = (count: number): Promise<void> =>
      store.transact(async (tx) => {
        for (let index = 0; index < count; index += 1) {
          writeAudit(tx, { actor: "ada", action: "submit", subject, jobs: index });
        }
      });
    await enter(501);
    clock.advance(1_000);
    await enter(2);
    const options = { olderThanMs: 1_000, actor: "grace" };
    expect(await pruneAudit(store, { ...options, dryRun: true })).toBe(501);
    expect((await queue.audit({ limit: 1_000 })).entries).toHaveLength(503);
    expect(await pruneAudit(store, options)).toBe(501);
    const { entries } = await queue.audit();
    expect(entries.map(({ actor, detail }) => detail ?? actor).toSorted()).toEqual([
      "1 audit entries",
      "500 audit entries",
      "ada",
      "ada",
    ]);
    await expect(pruneAudit(store, { ...options, admins: ["root"] })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
    });
  });
});
