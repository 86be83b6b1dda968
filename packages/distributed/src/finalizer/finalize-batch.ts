import { DistributedError } from "../error.js";
import { isLeader, type Leadership } from "../queue/leader-lock.js";
import { isLeaseLost } from "../queue/lease.js";
import type { BatchIn, BatchRecord, DatasetSummary } from "../records/batch-record.js";
import { errorRecord } from "../records/error-record.js";
import { storeId } from "../store/store-id.js";
import { stagingUrl } from "../worker/artifact-url.js";
import { retryTransient } from "../worker/retry-transient.js";
import { isStoreAway } from "../worker/store-contact.js";
import type { AssemblyContext, AssemblyRequest, AssemblyResult } from "../worker/conversion.js";
import { countExcluded, readContents, type BatchContents } from "./batch-contents.js";
import { readableBatch } from "./due-batches.js";
import {
  abandonFinalizing,
  beginFinalizing,
  beginPublishing,
  failFinalizing,
  finishPublishing,
  isFinalizing,
} from "./finalize-writes.js";
import { eventOf } from "./finalizer-event.js";
import type { FinalizerOptions } from "./finalizer-options.js";
import { watchLeadership } from "./watch-leadership.js";

/**
 * Assembles and publishes a batch without open jobs, or holds it for a decision.
 * @returns the batch as it is then; undefined if it is no longer this leader's
 */
export async function finalizeBatch(
  options: FinalizerOptions,
  leadership: Leadership,
  batch: BatchRecord,
  stop: AbortSignal,
): Promise<BatchRecord | undefined> {
  const contents = await readContents(options.store, batch.id);
  const begun = await beginFinalizing(options.store, leadership, batch, contents);
  if (begun?.status !== "Finalizing") {
    if (begun) tell(options, begun);
    return begun;
  }
  options.onEvent({
    type: "finalizing",
    batchId: batch.id,
    worker: options.holder,
    episodes: contents.episodes.length,
  });
  const { store, renewMs, logger } = options;
  const after = await watchLeadership(
    { store, leadership, batchId: batch.id, renewMs, logger },
    (lost) => attempt(options, leadership, { batch: begun, contents }, { stop, lost }),
  );
  if (after) tell(options, after);
  return after;
}

interface Work {
  readonly batch: BatchIn<"Finalizing">;
  readonly contents: BatchContents;
}

interface Signals {
  /** The worker ends. */
  readonly stop: AbortSignal;
  /** The finalization is no longer this leader's. */
  readonly lost: AbortSignal;
}

async function attempt(
  options: FinalizerOptions,
  leadership: Leadership,
  work: Work,
  signals: Signals,
): Promise<BatchRecord | undefined> {
  const { id, output } = work.batch;
  const signal = AbortSignal.any([signals.stop, signals.lost]);
  /** Hours of work must not be lost because the store is away for a moment. */
  const patiently: Patiently = (call) => retryTransient(call, signal, () => {}, isStoreAway);
  try {
    const dataset = await build(options, leadership, work, { signal, patiently });
    const { excluded } = work.contents;
    return await patiently(() =>
      finishPublishing(options.store, leadership, id, { dataset, excluded }),
    );
  } catch (error) {
    if (isLeaseLost(error) || signals.lost.aborted) {
      options.logger.warn("The finalization was taken over", { batchId: id, error });
      return undefined;
    }
    await removeQuietly(options, stagingUrl(output, id, leadership.token));
    if (signals.stop.aborted) {
      await abandonFinalizing(options.store, leadership, id);
      return undefined;
    }
    const failure = { error: errorRecord(error), backoff: options.backoff };
    return failFinalizing(options.store, leadership, id, failure);
  }
}

/** Does a call of the store until it answers. */
type Patiently = <T>(call: () => Promise<T>) => Promise<T>;

async function build(
  options: FinalizerOptions,
  leadership: Leadership,
  { batch, contents }: Work,
  { signal, patiently }: { readonly signal: AbortSignal; readonly patiently: Patiently },
): Promise<DatasetSummary> {
  const { store, storage, configs, holder, logger, onEvent } = options;
  const { id, output, generation } = batch;
  if (contents.damage) throw contents.damage;
  const found = contents.episodes.length + countExcluded(contents.excluded);
  if (found !== batch.jobCount) {
    throw new DistributedError(
      "ERR_ROBOFLOW_RECORD_INVALID",
      `Batch ${id} has ${batch.jobCount} jobs by its record, but ${found} in the store`,
      { hint: "The store was written by something else or is damaged." },
    );
  }
  if (contents.episodes.length === 0) {
    throw new DistributedError("ERR_ROBOFLOW_NO_FRAMES", `No job of batch ${id} completed`);
  }
  const staging = stagingUrl(output, id, leadership.token);
  const request: AssemblyRequest = {
    batchId: id,
    storeUrl: store.url,
    storeId: await storeId(store),
    generation,
    token: leadership.token,
    outputUrl: output,
    stagingUrl: staging,
    config: await configs.config(batch.configHash, { signal }),
    episodes: contents.episodes,
  };
  const context: AssemblyContext = {
    signal,
    logger,
    onProgress: (progress) =>
      onEvent({ type: "finalizingProgress", batchId: id, worker: holder, progress }),
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  };
  // The same leader may have begun before, without knowing that its first try was stored.
  await storage.removeTree(staging, { signal });
  const result = await options.assemble(request, context);
  await patiently(() => beginPublishing(store, leadership, id));
  const stillLeader = async (): Promise<boolean> =>
    !signal.aborted &&
    (await patiently(() => isLeader(store, leadership))) &&
    isFinalizing(await patiently(() => readableBatch(store, id)), leadership);
  await options.publish(request, { ...context, stillLeader });
  return summary(result);
}

function summary({ episodes, frames, features }: AssemblyResult): DatasetSummary {
  const copies = Object.entries(features).map(([name, { dtype, shape }]) => [
    name,
    { dtype, shape: [...shape] },
  ]);
  return { episodes, frames, features: Object.fromEntries(copies) };
}

async function removeQuietly({ storage, logger }: FinalizerOptions, url: string): Promise<void> {
  try {
    await storage.removeTree(url);
  } catch (error) {
    logger.warn("Staging could not be removed; it stays until the batch is published", {
      url,
      error,
    });
  }
}

function tell({ holder, onEvent }: FinalizerOptions, batch: BatchRecord): void {
  const event = eventOf(batch, holder);
  if (event) onEvent(event);
}
