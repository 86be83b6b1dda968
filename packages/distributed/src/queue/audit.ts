import { newId, type RoboflowError } from "@roboflow/core";
import { AuditKeys } from "../keys/keys.js";
import { auditCodec, type AuditAction, type AuditRecord } from "../records/audit-record.js";
import { isUnreadable } from "../records/codec.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";
import { cursorOf, DEFAULT_LIMIT, scanFrom } from "./page.js";

export type AuditEntry = Pick<AuditRecord, "actor" | "action" | "subject" | "jobs" | "detail">;

export interface AuditOptions {
  /** At most so many, 100 by default. */
  readonly limit?: number;
  /** `cursor` of the page before. */
  readonly after?: string;
  readonly actor?: string;
  readonly action?: AuditAction;
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[];
  /** Entries that this version can't read, such as those of a newer one. */
  readonly unreadable: readonly { readonly key: string; readonly error: RoboflowError }[];
  /** Where the next page starts; undefined on the last. */
  readonly cursor: string | undefined;
}

/** Puts the entry into the same transaction as what it tells of. */
export function writeAudit(tx: KvTransaction, entry: AuditEntry): void {
  const record: AuditRecord = { version: 2, id: newId(), at: tx.now, ...entry };
  tx.put(AuditKeys.audit(record.at, record.id), auditCodec.encode(record));
}

/** The latest entries first. */
export async function readAudit(
  reader: KvReader,
  { limit = DEFAULT_LIMIT, after, actor, action }: AuditOptions = {},
): Promise<AuditPage> {
  const entries: AuditRecord[] = [];
  const unreadable: { key: string; error: RoboflowError }[] = [];
  let cursor: string | undefined;
  const from = { newestFirst: true, ...(after === undefined ? {} : { cursor: after }) };
  for await (const { key, value } of scanFrom(reader, AuditKeys.audits(), from)) {
    if (entries.length + unreadable.length >= limit) return { entries, unreadable, cursor };
    cursor = cursorOf(key);
    try {
      const record = auditCodec.decode(value, describeKey(key));
      const wanted = actor === undefined || record.actor === actor;
      if (wanted && (action === undefined || record.action === action)) entries.push(record);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable.push({ key: describeKey(key), error });
    }
  }
  return { entries, unreadable, cursor: undefined };
}
