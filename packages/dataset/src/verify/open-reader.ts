import type { Logger } from "@roboflow/core";
import type { Storage } from "@roboflow/storage";
import { DatasetReader } from "../files/dataset-reader.js";
import { openWorkplace } from "../pipeline/pipeline-context.js";

export interface ReadOptions {
  /** Local directory for copies of videos that are not on local disk, one at a time. Default: the system's. */
  readonly scratchDir?: string;
  /** What URLs are read by, left open; default: one of its own. */
  readonly storage?: Storage;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/** `place` is a local directory or a URL. */
export function openReader(
  place: string,
  options: ReadOptions,
): AsyncDisposable & { readonly files: DatasetReader } {
  const workplace = openWorkplace(options);
  return {
    files: new DatasetReader({ ...workplace, place, signal: options.signal }),
    [Symbol.asyncDispose]: () => workplace[Symbol.asyncDispose](),
  };
}
