import { createHash } from "node:crypto";
import { newId, sha256Hex } from "@roboflow/core";
import type { JobOptions } from "../records/job-record.js";
import { idempotencyKey } from "./idempotency.js";
import type { NewJob, NewJobs, SubmitRequest } from "./submit-request.js";

/** A job that is to be stored unless it is there. */
export interface Candidate {
  readonly id: string;
  readonly job: NewJob;
  /** Under which the same work is found. */
  readonly key: string;
  /** Place in the request. */
  readonly index: number;
  readonly options: JobOptions;
}

export interface CandidateChunk {
  readonly candidates: readonly Candidate[];
  readonly last: boolean;
}

/** The request's jobs, `size` at a time. */
export async function* candidateChunks(
  request: SubmitRequest,
  size: number,
): AsyncGenerator<CandidateChunk> {
  let chunk: Candidate[] = [];
  let index = 0;
  for await (const job of jobsOf(request)) {
    // Only now is it known that another one follows.
    if (chunk.length === size) {
      yield { candidates: chunk, last: false };
      chunk = [];
    }
    chunk.push(candidate(request, job, index));
    index += 1;
  }
  if (chunk.length > 0) yield { candidates: chunk, last: true };
}

/** Whether the request's jobs can be read twice. */
export function canReadTwice({ jobs }: SubmitRequest): boolean {
  return Array.isArray(jobs) || typeof jobs === "function";
}

/**
 * Names a submission by its jobs, so that a second run takes the place of a dead first. Bounded
 * memory, whatever their number.
 */
export class SubmissionName {
  readonly #hash = createHash("sha256");

  add(candidates: readonly Candidate[]): void {
    for (const { key, job } of candidates) {
      this.#hash.update(JSON.stringify([key, job.ordinal ?? null]));
    }
  }

  end({ output, configHash, annotationHash = null, force = false }: SubmitRequest): string {
    return sha256Hex(JSON.stringify([output, configHash, annotationHash, force, this.#digest()]));
  }

  #digest(): string {
    return this.#hash.digest("hex");
  }
}

function jobsOf({ jobs }: SubmitRequest): NewJobs {
  return typeof jobs === "function" ? jobs() : jobs;
}

function candidate(request: SubmitRequest, job: NewJob, index: number): Candidate {
  const options = { strict: false, salvage: false, ...job.options };
  const key = idempotencyKey({
    source: job.source,
    configHash: request.configHash,
    annotationHash: request.annotationHash ?? null,
    output: request.output,
    task: job.task ?? null,
    options,
  });
  return { id: newId(), job, key, index, options };
}
