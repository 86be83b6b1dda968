import { writeLastUse } from "../config/last-use.js";
import { keyId, keySegments } from "../keys/codec.js";
import { BatchKeys, ConfigKeys, LimitKeys, OutputKeys } from "../keys/keys.js";
import { configHashes } from "../queue/batch-writes.js";
import { holdsOutput, outputKey } from "../queue/output-index.js";
import { batchCodec, isDue, type BatchRecord } from "../records/batch-record.js";
import { isUnreadable } from "../records/codec.js";
import { describeKey, keyText } from "../store/bytes.js";
import type { KvPair, KvReader, KvTransaction } from "../store/kv-store.js";
import type { Examination } from "./examination.js";
import { sweep, type Judge } from "./sweep.js";

interface Index {
  readonly prefix: Uint8Array;
  /** The batch that the entry belongs to. */
  batchId(pair: KvPair): string;
  /** Whether the batch has the entry rightly. */
  belongs(batch: BatchRecord, pair: KvPair): boolean;
  /** What is to be done beside removing an orphan. */
  afterRemoval?(tx: KvTransaction, pair: KvPair): void;
}

const INDICES: readonly Index[] = [
  {
    prefix: BatchKeys.dueAll(),
    batchId: ({ key }) => keyId(key),
    belongs: (batch) => isDue(batch),
  },
  {
    prefix: OutputKeys.outputs(),
    batchId: ({ value }) => new TextDecoder().decode(value),
    belongs: (batch, { key }) =>
      holdsOutput(batch) && keyText(outputKey(batch.output)) === keyText(key),
  },
  {
    prefix: ConfigKeys.allConfigRefs(),
    batchId: ({ key }) => keyId(key),
    belongs: (batch, { key }) => configHashes(batch).includes(keySegments(key)[1] ?? ""),
    afterRemoval(tx, { key }) {
      writeLastUse(tx, keySegments(key)[1] ?? "");
    },
  },
  { prefix: LimitKeys.limits(), batchId: ({ key }) => keyId(key), belongs: () => true },
];

/** From the index entries to the batches: whether each has a batch that it belongs to. */
export async function checkBatchEntries(examination: Examination): Promise<void> {
  for (const index of INDICES) await sweep(examination, index.prefix, judge(index));
}

function judge({ batchId, belongs, afterRemoval }: Index): Judge {
  return async (reader, pairs) => {
    const batches = await batchesOf(reader, pairs.map(batchId));
    return pairs.flatMap((at, index) => {
      const batch = batches[index];
      if (batch === "unreadable" || (batch && belongs(batch, at))) return [];
      const id = batchId(at);
      const key = describeKey(at.key);
      const state = batch ? `is ${batch.status} and has no part in it` : "is not in the store";
      return [
        {
          at,
          defect: {
            kind: "orphanEntry",
            key,
            problem: `${key} names batch ${id}, which ${state}`,
            repair: "removes the entry",
          },
          repair(tx: KvTransaction) {
            tx.lock(BatchKeys.batch(id));
            tx.delete(at.key);
            afterRemoval?.(tx, at);
          },
        },
      ];
    });
  };
}

async function batchesOf(
  reader: KvReader,
  ids: readonly string[],
): Promise<(BatchRecord | "unreadable" | undefined)[]> {
  const values = await reader.batchGet(ids.map((id) => BatchKeys.batch(id)));
  return values.map((value, index) => {
    if (value === undefined) return undefined;
    try {
      return batchCodec.decode(value, ids[index] ?? "");
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return "unreadable";
    }
  });
}
