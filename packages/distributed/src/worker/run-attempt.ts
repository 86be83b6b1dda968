import type { Storage } from "@roboflow/storage";
import { DistributedError } from "../error.js";
import type { JobIn, JobResult } from "../records/job-record.js";
import { throwIfAborted } from "../store/transaction.js";
import { artifactUrl, earlierArtifactUrls } from "./artifact-url.js";
import type { ConfigSource, HashedContent } from "./config-source.js";
import type { ConversionContext, Convert } from "./conversion.js";
import { retryTransient } from "./retry-transient.js";
import { isStoreAway } from "./store-contact.js";

export interface AttemptServices {
  readonly storage: Storage;
  readonly configs: ConfigSource;
  readonly convert: Convert;
}

/**
 * Converts a claimed job's recording; writes nothing to the queue.
 * @throws DistributedError `ERR_ROBOFLOW_SOURCE_CHANGED`, `ERR_ROBOFLOW_NO_FRAMES` (permanent), or
 * what the config source, storage or conversion throw
 */
export async function runAttempt(
  job: JobIn<"Processing">,
  { storage, configs, convert }: AttemptServices,
  context: ConversionContext,
): Promise<JobResult> {
  const { annotationHash } = job;
  const { signal } = context;
  // The store being away is no fault of the job's, so it does not cost an attempt.
  const content = (read: () => Promise<HashedContent>): Promise<HashedContent> =>
    retryTransient(read, signal, () => {}, isStoreAway);
  const config = await content(() => configs.config(job.configHash, { signal }));
  const annotation =
    annotationHash === null
      ? null
      : await content(() => configs.annotation(annotationHash, { signal }));
  await checkSource(storage, job, signal);
  throwIfAborted(signal);
  const url = artifactUrl(job);
  const result = await convert(
    {
      jobId: job.id,
      source: job.source,
      config,
      annotation,
      task: job.task,
      artifactUrl: url,
      options: job.options,
      resumeFrom: earlierArtifactUrls(job),
    },
    context,
  );
  if (result.frames === 0 || result.episodes === 0) {
    throw new DistributedError(
      "ERR_ROBOFLOW_NO_FRAMES",
      `The conversion of ${job.source.url} gave no frame`,
    );
  }
  // A recording that was still being written gives an episode that nobody can make again.
  await checkSource(storage, job, signal);
  const { frames, episodes, report, warnings, resumedFrames, bytes } = result;
  return {
    frames,
    episodes,
    artifactUrl: url,
    report,
    warnings: [...warnings],
    ...(resumedFrames === undefined ? {} : { resumedFrames }),
    ...(bytes === undefined ? {} : { bytes: { ...bytes } }),
  };
}

async function checkSource(
  storage: Storage,
  { source }: JobIn<"Processing">,
  signal: AbortSignal,
): Promise<void> {
  const now = await storage.stat(source.url, { signal });
  if (now.size === source.size && now.identity === source.identity) return;
  const change =
    now.size === source.size ? "its content" : `its size from ${source.size} to ${now.size} bytes`;
  throw new DistributedError(
    "ERR_ROBOFLOW_SOURCE_CHANGED",
    `The recording ${source.url} changed ${change} after it was submitted`,
    { hint: "Submit it again once it is complete." },
  );
}
