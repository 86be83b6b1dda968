import { formatPath, valueAt, type KeyPath } from "./key-path.js";

/** Keys that are accepted, since configs in use have them, but change nothing yet. */
const WITHOUT_EFFECT: readonly KeyPath[] = [
  ["dataset", "env_type"],
  ["flushing", "incremental_video_encoding"],
  ["streaming", "upload_part_size"],
  ["streaming", "buffer_timeout_secs"],
];

/** A warning for each key of the config as written that has no effect. */
export function warningsOf(written: unknown): string[] {
  return WITHOUT_EFFECT.filter((path) => valueAt(written, path) !== undefined).map(
    (path) => `${formatPath(path)} has no effect yet`,
  );
}
