import type { NumericColumn } from "../parquet/column.js";
import { TIME_TOLERANCE } from "./check-episodes.js";
import type { EpisodeEntry } from "./episode-entries.js";
import type { OpenedDataset } from "./opened-dataset.js";
import type { Problem, Report } from "./problem.js";

/** Columns whose values follow from where the row is. */
export const INDEX_FEATURES: ReadonlySet<string> = new Set([
  "timestamp",
  "frame_index",
  "episode_index",
  "index",
  "task_index",
]);

/** One episode's rows of one of those columns; the first wrong frame is told. */
export function checkIndexColumn(
  dataset: OpenedDataset,
  entry: EpisodeEntry,
  where: { readonly feature: string; readonly file: string },
  column: NumericColumn,
  report: Report,
): void {
  const { feature } = where;
  const wrong = (code: Problem["code"], frame: number, message: string): void =>
    report({
      code,
      severity: "error",
      episode: entry.episodeIndex,
      frame,
      ...where,
      message: `frame ${frame}: ${message}`,
    });
  if (feature === "task_index") return checkTasks(dataset, entry, column, wrong);
  const expected = (frame: number): number => {
    switch (feature) {
      case "timestamp":
        return frame / dataset.info.fps;
      case "frame_index":
        return frame;
      case "index":
        return entry.fromIndex + frame;
      default:
        return entry.episodeIndex;
    }
  };
  const tolerance = feature === "timestamp" ? TIME_TOLERANCE : 0;
  for (let frame = 0; frame < column.frames; frame++) {
    const value = Number(column.values[frame]);
    if (Math.abs(value - expected(frame)) <= tolerance) continue;
    const code = feature === "timestamp" ? "timestamp" : "index";
    return wrong(code, frame, `${feature} is ${value}, not ${expected(frame)}`);
  }
}

function checkTasks(
  { tasks }: OpenedDataset,
  entry: EpisodeEntry,
  column: NumericColumn,
  wrong: (code: Problem["code"], frame: number, message: string) => void,
): void {
  const listed = new Set(entry.tasks);
  const used = new Set<string>();
  for (let frame = 0; frame < column.frames; frame++) {
    const index = Number(column.values[frame]);
    const task = tasks[index];
    if (task === undefined) return wrong("task-index", frame, `there is no task ${index}`);
    if (!listed.has(task)) {
      return wrong("task-index", frame, `task ${index} is not one of the episode's tasks`);
    }
    used.add(task);
  }
  if (used.size < listed.size) {
    wrong("task-index", 0, `the episode lists ${listed.size} tasks, its rows use ${used.size}`);
  }
}
