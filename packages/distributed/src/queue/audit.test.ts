import { describe, expect, it } from "vitest";
import { memoryRig, recordings } from "../../test/queue/queue-rig.js";
import { AuditKeys } from "../keys/keys.js";
import type { AuditRecord } from "../records/audit-record.js";
import { writeAudit } from "./audit.js";

describe("the audit log", () => {
  it("is read page by page, the latest first, by actor and by action", async () => {
    const { queue, store, clock } = await memoryRig();
    for (const index of [0, 1, 2, 3, 4]) {
      clock.advance(1_000);
      await store.transact(async (tx) => {
        const subject = { kind: "batch", id: String(index) } as const;
        const action = index === 2 ? "cancel" : "submit";
        writeAudit(tx, { actor: index < 2 ? "ada" : "grace", action, subject, jobs: 1 });
      });
    }
    const ids = ({ entries }: { entries: readonly AuditRecord[] }): string[] =>
      entries.map(({ subject }) => subject.id);
    const first = await queue.audit({ limit: 2 });
    expect(ids(first)).toEqual(["4", "3"]);
    const rest = await queue.audit({ limit: 9, after: first.cursor ?? "" });
    expect(ids(rest)).toEqual(["2", "1", "0"]);
    expect(rest.cursor).toBeUndefined();
    expect(ids(await queue.audit({ actor: "ada" }))).toEqual(["1", "0"]);
    expect(ids(await queue.audit({ action: "cancel", limit: 1 }))).toEqual(["2"]);
  });

  it("goes on past entries that can't be read, and reads those of the first version", async () => {
    const { queue, store, request, clock } = await memoryRig();
    const old = {
      version: 1,
      id: "old",
      at: 1,
      actor: "ada",
      action: "seal",
      subject: { kind: "batch", id: "b" },
      jobs: 2,
    };
    await store.transact(async (tx) => {
      tx.put(AuditKeys.audit(1, "old"), new TextEncoder().encode(JSON.stringify(old)));
      const newer = JSON.stringify({ version: 3, what: "no idea" });
      tx.put(AuditKeys.audit(2, "newer"), new TextEncoder().encode(newer));
    });
    clock.advance(1);
    await queue.submit(request(recordings(1)));
    const { entries, unreadable } = await queue.audit();
    expect(entries).toMatchObject([{ action: "submit", version: 2 }, old]);
    expect(unreadable).toMatchObject([
      { key: AUDIT_KEY, error: { code: "ERR_ROBOFLOW_RECORD_NEWER" } },
    ]);
  });
});

const AUDIT_KEY = "/roboflow/v1/audit/0000000000000002/newer";
