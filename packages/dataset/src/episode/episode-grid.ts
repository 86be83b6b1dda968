import { describeTime } from "../align/describe-time.js";
import { frameCount, intersection, TimeGrid, type TimeRange } from "../align/time-grid.js";
import { MAX_SECONDS } from "../assemble/video-plan.js";
import { DatasetError } from "../error.js";

/**
 * The frames of an episode: from the first instant at which every topic has spoken to the last at
 * which all still do.
 *
 * @param ranges the required topics, by name
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_NO_OVERLAP` if there is no such instant,
 *   `ERR_ROBOFLOW_DATASET_TOO_LONG` of 2,048 s and more
 */
export function episodeGrid(ranges: ReadonlyMap<string, TimeRange>, fps: number): TimeGrid {
  const [first, ...rest] = ranges.values();
  if (first === undefined)
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_NO_OVERLAP",
      "all mappings are optional, so nothing says where the episode begins and ends",
      { hint: "Take `optional` off at least one mapping." },
    );
  const common = intersection([first, ...rest]);
  const frames = frameCount(common, fps);
  if (frames === 0) throw noOverlap(ranges, common);
  if (frames >= MAX_SECONDS * fps)
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_TOO_LONG",
      `the episode would last ${(frames / fps).toFixed(1)} s (${frames} frames at ${fps} fps), but LeRobot's reader is exact only below ${MAX_SECONDS} s`,
      {
        hint: "Split the recording into shorter ones: each becomes an episode of the same dataset.",
      },
    );
  return new TimeGrid(common.first, fps, frames);
}

function noOverlap(ranges: ReadonlyMap<string, TimeRange>, common: TimeRange): DatasetError {
  const topics = [...ranges];
  const ends = topics.find(([, range]) => range.last === common.last);
  const begins = topics.find(([, range]) => range.first === common.first);
  const describe = (topic: [string, TimeRange] | undefined): string =>
    topic === undefined
      ? ""
      : `${topic[0]} (${describeTime(topic[1].first)} to ${describeTime(topic[1].last)})`;
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_NO_OVERLAP",
    `topics do not overlap in time: ${describe(ends)} ends before ${describe(begins)} begins`,
    {
      hint: 'Mark one of them `optional`, or choose the other clock with `time` in [dataset] ("log" or "header").',
    },
  );
}
