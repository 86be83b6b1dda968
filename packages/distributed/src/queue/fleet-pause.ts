import { LimitKeys } from "../keys/keys.js";
import { controlCodec, type ControlRecord } from "../records/limit-record.js";
import { storeId } from "../store/store-id.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvStore } from "../store/kv-store.js";
import { writeAudit } from "./audit.js";
import { authorize, type Operator } from "./authorize.js";

/**
 * Lets no worker of the fleet claim, or lets them again. Running attempts go on, and so does a claim
 * that is under way.
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED`
 */
export async function pauseFleet(
  store: KvStore,
  action: "pause" | "resume",
  operator: Operator,
): Promise<ControlRecord> {
  authorize(action, { ...operator, owner: undefined });
  const id = await storeId(store);
  return store.transact(async (tx) => {
    const before = await findControl(tx);
    const paused = before?.paused ?? { by: operator.actor, at: tx.now };
    const after: ControlRecord = {
      ...before,
      version: 1,
      paused: action === "pause" ? paused : null,
      updatedAt: tx.now,
    };
    tx.put(LimitKeys.control(), controlCodec.encode(after));
    writeAudit(tx, { actor: operator.actor, action, subject: { kind: "store", id }, jobs: 0 });
    return after;
  });
}

export async function findControl(reader: KvReader): Promise<ControlRecord | undefined> {
  return decodeControl(await reader.get(LimitKeys.control()));
}

export function decodeControl(value: Uint8Array | undefined): ControlRecord | undefined {
  return value === undefined
    ? undefined
    : controlCodec.decode(value, describeKey(LimitKeys.control()));
}
