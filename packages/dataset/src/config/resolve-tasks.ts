import type { TimeGrid } from "../align/time-grid.js";
import { DatasetError } from "../error.js";
import type { EpisodeManifest } from "../episode/manifest.js";
import type { Annotation } from "./annotation.js";
import type { LerobotConfig } from "./lerobot-config.js";

export type TaskRange = EpisodeManifest["tasks"][number];

/** What an episode's tasks follow from. */
export interface TaskSources {
  readonly config: Pick<LerobotConfig, "dataset">;
  readonly annotation?: Annotation | undefined;
  /** The job's task. */
  readonly task?: string | null | undefined;
  readonly grid: Pick<TimeGrid, "frames" | "offset" | "offsetOf" | "firstFrameFrom">;
}

/**
 * The task of every frame, as contiguous ranges of frames. A frame within a range of the annotation
 * has that range's task; the others have the job's, else `dataset.task`. Without an annotation the
 * last resort is the dataset's name, with a warning.
 *
 * @throws DatasetError `ERR_ROBOFLOW_ANNOTATION_INVALID` if the annotation leaves out frames and
 * neither job nor config has a task
 */
export function resolveTasks(sources: TaskSources): { tasks: TaskRange[]; warnings: string[] } {
  const { config, annotation, grid } = sources;
  const general = sources.task ?? config.dataset.task;
  if (annotation === undefined) {
    const task = general ?? config.dataset.name;
    const warnings =
      general === undefined
        ? [`no task given: frames have the dataset's name "${task}" as task; set dataset.task`]
        : [];
    return { tasks: [{ task, from: 0, to: grid.frames }], warnings };
  }
  const tasks: TaskRange[] = [];
  let next = 0;
  const fill = (to: number): void => {
    if (to > next) append(tasks, { task: general ?? uncovered(grid, next, to), from: next, to });
  };
  for (const range of annotation.ranges) {
    const from = Math.max(next, frameFrom(annotation, range.from, grid));
    const to = frameFrom(annotation, range.to, grid);
    if (to <= from) continue;
    fill(from);
    append(tasks, { task: range.task, from, to });
    next = to;
  }
  fill(grid.frames);
  return { tasks, warnings: [] };
}

function frameFrom(annotation: Annotation, time: bigint, grid: TaskSources["grid"]): number {
  return grid.firstFrameFrom(annotation.origin === "epoch" ? grid.offsetOf(time) : Number(time));
}

function append(tasks: TaskRange[], range: TaskRange): void {
  const last = tasks.at(-1);
  if (last?.task === range.task) tasks[tasks.length - 1] = { ...last, to: range.to };
  else tasks.push(range);
}

function uncovered(grid: TaskSources["grid"], from: number, to: number): never {
  const seconds = (frame: number): string => (grid.offset(frame) / 1e9).toFixed(3);
  throw new DatasetError(
    "ERR_ROBOFLOW_ANNOTATION_INVALID",
    `The annotation file gives no task from ${seconds(from)} s to ${seconds(to)} s of the episode`,
    { hint: "Add a range, or set dataset.task or the job's task for the frames outside ranges." },
  );
}
