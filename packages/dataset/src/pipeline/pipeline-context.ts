import { tmpdir } from "node:os";
import type { Logger } from "@roboflow/core";
import { createStorage, isLocalUrl, type RetryInfo, type Storage } from "@roboflow/storage";
import { pathToFileURL } from "node:url";
import { Scratch } from "../files/scratch.js";

/** What a step of the pipeline runs in. */
export interface PipelineContext {
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /**
   * Local directory for what is on its way to or from an object store: a camera's segment and its
   * upload, or the files of a dataset that are in work. Default: the system's for temporary files.
   */
  readonly scratchDir?: string;
  /** What URLs are read and written by, left open; default: one of its own, by the environment. */
  readonly storage?: Storage;
  /** Told of each request to an object store that failed in passing and is made again. */
  onRetry?(retry: RetryInfo): void;
  onProgress?(progress: { framesDone: number; framesTotal: number | undefined }): void;
}

/** Storage and scratch space of one step. */
export interface Workplace extends AsyncDisposable {
  readonly storage: Storage;
  readonly scratch: Scratch;
  /** What errors of the file system name when files of `url` are made: the directory that is full. */
  whereFor(url: string): string;
}

export function openWorkplace(context: PipelineContext): Workplace {
  const { logger, scratchDir = tmpdir() } = context;
  const storage =
    context.storage ??
    createStorage({
      ...(logger ? { logger } : {}),
      onRetry: (retry) => context.onRetry?.(retry),
    });
  const scratch = new Scratch(scratchDir);
  return {
    storage,
    scratch,
    whereFor: (url) => (isLocalUrl(url) ? url : pathToFileURL(scratchDir).href),
    async [Symbol.asyncDispose]() {
      await scratch[Symbol.asyncDispose]();
      if (context.storage === undefined) await storage.close();
    },
  };
}
