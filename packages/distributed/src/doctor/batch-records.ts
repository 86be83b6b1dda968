import { isConfigHash } from "../config/config-record.js";
import { keySegments } from "../keys/codec.js";
import { BatchKeys, ConfigKeys } from "../keys/keys.js";
import { configHashes } from "../queue/batch-writes.js";
import { MARKER } from "../queue/job-index.js";
import { findOutputHolder, holdsOutput, outputKey } from "../queue/output-index.js";
import { batchCodec, isDue, type BatchRecord } from "../records/batch-record.js";
import { isUnreadable } from "../records/codec.js";
import { describeKey } from "../store/bytes.js";
import type { KvPair, KvReader } from "../store/kv-store.js";
import type { Defect } from "./finding.js";
import type { Examination } from "./examination.js";
import { judgeJobEntries } from "./job-entries.js";
import { sweep, type Judgement } from "./sweep.js";

/** Batches with their own index entries and configs, and the entries below them. */
export async function checkBatchRecords(examination: Examination): Promise<void> {
  await sweep(examination, BatchKeys.batches(), async (reader, pairs) => {
    const isRecord = ({ key }: KvPair): boolean => keySegments(key).length === 2;
    const entries = await judgeJobEntries(
      reader,
      pairs.filter((pair) => !isRecord(pair)),
    );
    if (!examination.fix) {
      for (const { at } of entries) examination.doubtful.add(keySegments(at.key)[1] ?? "");
    }
    const judgements = [...entries];
    for (const at of pairs.filter(isRecord)) {
      judgements.push(...(await judgeBatch(examination, reader, at)));
    }
    return judgements;
  });
}

async function judgeBatch(
  examination: Examination,
  reader: KvReader,
  at: KvPair,
): Promise<Judgement[]> {
  const key = describeKey(at.key);
  let batch: BatchRecord;
  try {
    batch = batchCodec.decode(at.value, key);
  } catch (error) {
    const defect = examination.unreadable(key, error);
    return defect ? [{ at, defect }] : [];
  }
  return [
    ...(await judgeDue(reader, at, batch)),
    ...(await judgeOutput(reader, at, batch)),
    ...(await judgeConfigs(reader, at, batch)),
  ];
}

async function judgeDue(reader: KvReader, at: KvPair, batch: BatchRecord): Promise<Judgement[]> {
  if (!isDue(batch) || (await reader.get(BatchKeys.due(batch.id))) !== undefined) return [];
  return [missing(at, batch, BatchKeys.due(batch.id), MARKER, "so no finalizer would find it")];
}

async function judgeOutput(reader: KvReader, at: KvPair, batch: BatchRecord): Promise<Judgement[]> {
  if (!holdsOutput(batch)) return [];
  const { output } = batch;
  const key = outputKey(output);
  let holder: BatchRecord | undefined;
  try {
    holder = await findOutputHolder(reader, output);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [];
  }
  if (holder?.id === batch.id) return [];
  if (holder) {
    const problem = `batch ${batch.id} is to be published to ${output}, and so is batch ${holder.id}: cancel one of them`;
    const defect: Defect = {
      kind: "sharedOutput",
      key: describeKey(key),
      batchId: batch.id,
      otherBatchId: holder.id,
      problem,
      repair: null,
    };
    return [{ at, defect }];
  }
  const value = new TextEncoder().encode(batch.id);
  return [missing(at, batch, key, value, `so another batch could take the output ${output}`)];
}

async function judgeConfigs(
  reader: KvReader,
  at: KvPair,
  batch: BatchRecord,
): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const hash of configHashes(batch)) {
    const isAnnotation = hash === batch.annotationHash && isConfigHash(hash);
    const config = isAnnotation ? ConfigKeys.annotation(hash) : ConfigKeys.config(hash);
    if ((await reader.get(config)) === undefined) {
      judgements.push({ at, defect: configMissing(batch, hash, config, isAnnotation) });
      continue;
    }
    const ref = ConfigKeys.configRef(hash, batch.id);
    if ((await reader.get(ref)) === undefined) {
      const judgement = missing(at, batch, ref, MARKER, "so its config could be pruned");
      judgements.push({
        ...judgement,
        async repair(tx) {
          // Pruning locks it as well.
          tx.lock(config);
          await judgement.repair?.(tx);
        },
      });
    }
  }
  return judgements;
}

function configMissing(
  batch: BatchRecord,
  hash: string,
  config: Uint8Array,
  isAnnotation: boolean,
): Defect {
  const what = isAnnotation ? "annotation file" : "config";
  return {
    kind: "configMissing",
    key: describeKey(config),
    batchId: batch.id,
    hash,
    problem: `batch ${batch.id} (${batch.status}) needs the ${what} ${hash}, which is not in the store: store the same file again`,
    repair: null,
  };
}

function missing(
  at: KvPair,
  batch: BatchRecord,
  key: Uint8Array,
  value: Uint8Array,
  consequence: string,
): Judgement {
  return {
    at,
    defect: {
      kind: "missingBatchEntry",
      key: describeKey(key),
      batchId: batch.id,
      problem: `batch ${batch.id} (${batch.status}) has no entry ${describeKey(key)}, ${consequence}`,
      repair: "writes the entry",
    },
    repair(tx) {
      tx.lock(BatchKeys.batch(batch.id));
      tx.put(key, value);
    },
  };
}
