import { sha256Hex } from "@roboflow/core";
import type { JobOptions, SourceRef } from "../records/job-record.js";

/** What makes two jobs the same work. */
export interface Work {
  readonly source: SourceRef;
  readonly configHash: string;
  readonly annotationHash: string | null;
  readonly output: string;
  readonly task: string | null;
  readonly options: JobOptions;
}

/** Hash of the work; an array, so that no two fields can run into each other. */
export function idempotencyKey(work: Work): string {
  const { source, options } = work;
  return sha256Hex(
    JSON.stringify([
      [source.url, source.size, source.identity],
      work.configHash,
      work.annotationHash,
      work.output,
      work.task,
      [options.strict, options.salvage],
    ]),
  );
}
