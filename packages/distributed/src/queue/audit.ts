import { newId } from "@roboflow/core";
import { AuditKeys } from "../keys/keys.js";
import { prefixRange } from "../keys/codec.js";
import { auditCodec, type AuditRecord } from "../records/audit-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";

export type AuditEntry = Pick<AuditRecord, "actor" | "action" | "subject" | "jobs">;

/** Puts the entry into the same transaction as what it tells of. */
export function writeAudit(tx: KvTransaction, entry: AuditEntry): void {
  const record: AuditRecord = { version: 1, id: newId(), at: tx.now, ...entry };
  tx.put(AuditKeys.audit(record.at, record.id), auditCodec.encode(record));
}

/** The latest entries first. */
export async function readAudit(reader: KvReader, limit: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  const range = prefixRange(AuditKeys.audits());
  for await (const { key, value } of reader.scan({ ...range, limit, reverse: true })) {
    records.push(auditCodec.decode(value, describeKey(key)));
  }
  return records;
}
