import { DistributedError } from "../error.js";
import { ConfigKeys } from "../keys/keys.js";
import type { BatchIn, BatchRecord } from "../records/batch-record.js";
import type { KvTransaction } from "../store/kv-store.js";
import { batchCommon, batchStateError, configHashes, readBatch, sealed } from "./batch-writes.js";
import { MARKER } from "./job-index.js";
import { takeOutput } from "./output-index.js";
import type { BatchSpec, SubmitRequest } from "./submit-request.js";

/** A new batch, open for more; the caller writes it. */
export async function startBatch(
  tx: KvTransaction,
  spec: BatchSpec,
  id: string,
  submission?: string,
): Promise<BatchIn<"Submitting">> {
  const batch: BatchIn<"Submitting"> = {
    version: 1,
    id,
    revision: 0,
    generation: 1,
    submittedBy: spec.submittedBy,
    output: spec.output,
    configHash: spec.configHash,
    annotationHash: spec.annotationHash ?? null,
    jobCount: 0,
    nextOrdinal: 0,
    allowPartial: false,
    stagings: [],
    finalizeFailures: 0,
    lastError: null,
    createdAt: tx.now,
    updatedAt: tx.now,
    status: "Submitting",
    submissions: submission === undefined ? [] : [{ id: submission, firstOrdinal: 0 }],
    sealRequested: false,
  };
  await requireConfigs(tx, batch);
  await takeOutput(tx, batch);
  return batch;
}

/** Pruning locks a config before it looks for references, so the two exclude each other. */
async function requireConfigs(tx: KvTransaction, batch: BatchRecord): Promise<void> {
  const { annotationHash } = batch;
  for (const hash of configHashes(batch)) {
    const isAnnotation = hash === annotationHash;
    const key = isAnnotation ? ConfigKeys.annotation(hash) : ConfigKeys.config(hash);
    if ((await tx.get(key)) === undefined) {
      throw new DistributedError(
        "ERR_ROBOFLOW_CONFIG_MISSING",
        `The ${isAnnotation ? "annotation file" : "config"} ${hash} is not in the store, so nothing can be submitted with it`,
      );
    }
    tx.lock(key);
    tx.put(ConfigKeys.configRef(hash, batch.id), MARKER);
  }
}

/** The batch, open for this submission; the caller writes it. */
export async function joinBatch(
  tx: KvTransaction,
  request: SubmitRequest,
  batchId: string,
  submission: string,
): Promise<BatchIn<"Submitting">> {
  const batch = await readBatch(tx, batchId);
  if (batch.status !== "Submitting" && batch.status !== "Sealed") {
    throw batchStateError(batch, `add recordings to the dataset ${batch.output}`, joinHint(batch));
  }
  const same =
    batch.output === request.output &&
    batch.configHash === request.configHash &&
    batch.annotationHash === (request.annotationHash ?? null);
  if (!same) {
    throw new DistributedError(
      "ERR_ROBOFLOW_BATCH_STATE",
      `Batch ${batch.id} has another output, config or annotation file than this submission`,
    );
  }
  const entry = { id: submission, firstOrdinal: batch.nextOrdinal };
  if (batch.status === "Sealed") {
    return {
      ...batchCommon(batch),
      status: "Submitting",
      submissions: [entry],
      sealRequested: false,
    };
  }
  const joined = batch.submissions.some(({ id }) => id === submission);
  return joined ? batch : { ...batch, submissions: [...batch.submissions, entry] };
}

function joinHint(batch: BatchRecord): string {
  if (batch.status !== "Cancelled") return "Use another output for all of them.";
  return batch.incomplete
    ? "Submit with --force to start another."
    : `Take it up again first (\`roboflow batches retry ${batch.id}\`), or submit with --force to start another.`;
}

/** Seals it when this was the last submission and any of them asked for it. */
export function endSubmission(
  batch: BatchIn<"Submitting">,
  submission: string,
  seal: boolean,
): BatchRecord {
  const submissions = batch.submissions.filter(({ id }) => id !== submission);
  const sealRequested = batch.sealRequested || seal;
  return sealRequested && submissions.length === 0 && batch.jobCount > 0
    ? sealed(batch)
    : { ...batch, submissions, sealRequested };
}
