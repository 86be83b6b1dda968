import { sha256Hex } from "@roboflow/core";
import { OutputKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";
import { batchStateError, findBatch } from "./batch-writes.js";

/** Where the batch that may publish to this directory URL is named. */
export function outputKey(output: string): Uint8Array {
  return OutputKeys.output(sha256Hex(output.endsWith("/") ? output : `${output}/`));
}

/** Whether the batch may still publish, so that no other may have its output. */
export function holdsOutput(batch: BatchRecord): boolean {
  switch (batch.status) {
    case "Submitting":
    case "Sealed":
    case "Finalizing":
    case "Failed":
      return true;
    case "Published":
    case "Partial":
    case "Cancelled":
      return false;
  }
}

/**
 * Makes the batch the one that publishes to its output. Whatever starts a batch or opens one again
 * does it; they all write the one key, so two at once exclude each other.
 * @throws DistributedError `ERR_ROBOFLOW_BATCH_STATE` if another batch may still publish there
 */
export async function takeOutput(tx: KvTransaction, batch: BatchRecord): Promise<void> {
  const { output } = batch;
  if ((await namedFor(tx, output)) === batch.id) {
    // Another that finds this batch ended overwrites the key.
    tx.lock(outputKey(output));
    return;
  }
  const holder = await findOutputHolder(tx, output);
  if (holder) throw batchStateError(holder, `start another batch for ${output}`, hintFor(holder));
  tx.put(outputKey(output), new TextEncoder().encode(batch.id));
}

/** Lets another batch have the output; nothing happens if another has it. */
export async function freeOutput(tx: KvTransaction, batch: BatchRecord): Promise<void> {
  if ((await namedFor(tx, batch.output)) === batch.id) tx.delete(outputKey(batch.output));
}

/**
 * The batch that may still publish to the output; undefined if there is none.
 * @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_RECORD_INVALID`
 */
export async function findOutputHolder(
  reader: KvReader,
  output: string,
): Promise<BatchRecord | undefined> {
  const id = await namedFor(reader, output);
  if (id === undefined) return undefined;
  const batch = await findBatch(reader, id);
  return batch && holdsOutput(batch) ? batch : undefined;
}

async function namedFor(reader: KvReader, output: string): Promise<string | undefined> {
  const value = await reader.get(outputKey(output));
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

function hintFor({ id, status }: BatchRecord): string {
  const choice = `Choose another output, or cancel that batch (\`roboflow batches cancel ${id}\`).`;
  return status === "Submitting"
    ? `If its submit broke off, run the same submit again. ${choice}`
    : choice;
}
