import type { TimeGrid } from "../../align/time-grid.js";
import { valueAt } from "./access.js";
import { splitPath } from "./default-field.js";
import { readTime } from "./message-time.js";
import { fieldError, type NumericReader, type NumericSource } from "./numeric-source.js";

/**
 * Reads the time of the message taken, seconds from the episode's first frame: the time at the
 * mapping's field, or the one that places the message.
 */
export function createTimestampReader(source: NumericSource, grid: TimeGrid): NumericReader {
  const path = source.field === undefined ? undefined : splitPath(source.field);
  return {
    names: ["time"],
    read(sample, target) {
      if (path === undefined) {
        target[0] = sample.time / 1e9;
        return;
      }
      const time = readTime(valueAt(sample.value, path));
      if (time === undefined)
        throw fieldError(
          "ERR_ROBOFLOW_DATASET_FIELD",
          source,
          sample,
          `has no time at \`${path.join(".")}\``,
          "`field` of a timestamp mapping names a time, for example `header.stamp`, or a number of seconds.",
        );
      target[0] = Number(time - grid.start) / 1e9;
    },
  };
}
