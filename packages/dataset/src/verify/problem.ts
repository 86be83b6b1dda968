import { StorageError } from "@roboflow/storage";

/** What kind of thing is wrong; stable, for programs. */
export type ProblemCode =
  /** `meta/info.json` is absent, unreadable, or says what can't be. */
  | "info"
  | "file-missing"
  | "file-unreadable"
  /** A file that no episode names; Parquet files are read by lerobot all the same. */
  | "file-foreign"
  | "tasks"
  /** Columns differ from what `meta/info.json` declares. */
  | "schema"
  /** Totals do not add up. */
  | "count"
  /** A row of meta/episodes contradicts the others or the data. */
  | "episode"
  /** index, episode_index or frame_index. */
  | "index"
  | "timestamp"
  | "task-index"
  /** NaN, infinity or null. */
  | "value"
  | "stats"
  | "video-format"
  /** Frames of a video and rows do not match in number or time. */
  | "video-frames"
  | "video-offset"
  | "video-decode"
  /** Longer than lerobot's float32 time stamps can tell apart. */
  | "too-long";

export interface Problem {
  readonly code: ProblemCode;
  /** An error makes training fail or read wrong values; a warning is worth a look. */
  readonly severity: "error" | "warning";
  /** `episode_index`. */
  readonly episode?: number;
  readonly feature?: string;
  /** `frame_index`, the first that is wrong. */
  readonly frame?: number;
  /** Relative to the dataset. */
  readonly file?: string;
  readonly message: string;
}

export type Report = (problem: Problem) => void;

/** Runs `work`; what it throws becomes a problem, except for an abort and a storage that fails. */
export async function attempt<T>(
  report: Report,
  where: Omit<Problem, "severity" | "message">,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    if (error instanceof StorageError && error.code !== "ERR_ROBOFLOW_STORAGE_NOT_FOUND")
      throw error;
    // The Parquet engine throws plain strings.
    const message = error instanceof Error ? error.message : String(error);
    report({ ...where, severity: "error", message });
    return undefined;
  }
}
