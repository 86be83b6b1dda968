import type { ReadableObject } from "@roboflow/storage";
import type { Logger } from "@roboflow/core";
import type { Recording } from "./recording.js";

export interface OpenOptions {
  /** A truncated recording, or one whose index is damaged, is an error instead of a warning. */
  readonly strict?: boolean;
  /**
   * A damaged recording is used up to the damage, with a warning, instead of being an error. Costs
   * a pass over the file, since counts and times are then those of the intact part.
   */
  readonly salvage?: boolean;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/** A kind of file that holds a recording; `RECORDING_FORMATS` lists them. */
export interface RecordingFormat {
  /** e.g. `mcap`; also `Recording.format`. */
  readonly name: string;
  /** Whether a file that starts with these bytes (64, fewer in a smaller file) is of this format. */
  matches(head: Uint8Array): boolean;
  /** @throws SourceError */
  open(file: ReadableObject, options: OpenOptions): Promise<Recording>;
}
