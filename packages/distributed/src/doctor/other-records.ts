import { listContent, type ContentKind } from "../config/config-store.js";
import { ConfigKeys, AuditKeys, LimitKeys, LockKeys, StoreKeys, WorkerKeys } from "../keys/keys.js";
import { auditCodec } from "../records/audit-record.js";
import type { RecordCodec } from "../records/codec.js";
import { garbageCodec } from "../records/garbage-record.js";
import { controlCodec, limitCodec } from "../records/limit-record.js";
import { lockCodec } from "../records/lock-record.js";
import { storeCodec } from "../records/store-record.js";
import { workerCodec } from "../records/worker-record.js";
import { describeKey } from "../store/bytes.js";
import { throwIfAborted } from "../store/transaction.js";
import type { Examination } from "./examination.js";
import { sweep, type Judgement } from "./sweep.js";

const TABLES: readonly (readonly [Uint8Array, RecordCodec<unknown>])[] = [
  [WorkerKeys.workers(), workerCodec],
  [LockKeys.locks(), lockCodec],
  [LimitKeys.limits(), limitCodec],
  [AuditKeys.audits(), auditCodec],
];

const SINGLE: readonly (readonly [Uint8Array, RecordCodec<unknown>])[] = [
  [StoreKeys.id(), storeCodec],
  [StoreKeys.garbage(), garbageCodec],
  [LimitKeys.control(), controlCodec],
];

/** Whether the records that nothing else is checked against can be read. */
export async function checkOtherRecords(examination: Examination): Promise<void> {
  for (const [prefix, codec] of TABLES) {
    await sweep(examination, prefix, async (_, pairs) =>
      pairs.flatMap((at): Judgement[] => {
        const defect = decode(examination, codec, at.key, at.value);
        return defect ? [{ at, defect }] : [];
      }),
    );
  }
  for (const [key, codec] of SINGLE) {
    const value = await examination.store.get(key);
    const defect = value && decode(examination, codec, key, value);
    if (defect) examination.add(defect);
  }
  await checkContent(examination, "config");
  await checkContent(examination, "annotation");
}

function decode(
  examination: Examination,
  codec: RecordCodec<unknown>,
  key: Uint8Array,
  value: Uint8Array,
): Judgement["defect"] | undefined {
  const name = describeKey(key);
  try {
    codec.decode(value, name);
    return undefined;
  } catch (error) {
    return examination.unreadable(name, error);
  }
}

/** Content is kept under its own hash, so that damage shows. */
async function checkContent(examination: Examination, kind: ContentKind): Promise<void> {
  const { store, signal } = examination;
  for await (const entry of listContent(store, kind)) {
    throwIfAborted(signal);
    examination.checked.entries += 1;
    if (entry.kind === "record") continue;
    const { hash, error } = entry;
    const key = kind === "config" ? ConfigKeys.config(hash) : ConfigKeys.annotation(hash);
    const defect =
      error.code === "ERR_ROBOFLOW_CONFIG_CORRUPT"
        ? ({
            kind: "unreadable",
            key: describeKey(key),
            problem: error.message,
            repair: null,
          } as const)
        : examination.unreadable(describeKey(key), error);
    if (defect) examination.add(defect);
  }
}
