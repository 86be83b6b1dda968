import { MAX_SECONDS } from "../assemble/video-plan.js";
import { episodesPath } from "../assemble/file-slot.js";
import type { EpisodeEntry } from "./episode-entries.js";
import type { OpenedDataset } from "./opened-dataset.js";
import type { Problem, Report } from "./problem.js";

/** Largest difference of two times that count as equal, seconds: lerobot's own. */
export const TIME_TOLERANCE = 1e-4;

/** The rows of meta/episodes: order, ranges, tasks, and where each camera's video begins. */
export function checkEpisodes(dataset: OpenedDataset, report: Report): void {
  const { episodes, info, tasks } = dataset;
  const known = new Set(tasks);
  /** Frames so far, by camera and file. */
  const placed = new Map<string, number>();
  let next = 0;
  for (const [position, entry] of episodes.entries()) {
    const wrong = (code: Problem["code"], message: string, feature?: string): void =>
      report({
        code,
        severity: "error",
        episode: position,
        ...(feature === undefined ? {} : { feature }),
        file: entry.file,
        message,
      });
    if (entry.episodeIndex !== position) {
      wrong("episode", `row ${position} has episode_index ${entry.episodeIndex}`);
    }
    if (entry.length < 1) wrong("episode", `length is ${entry.length}`);
    const range = [entry.fromIndex, entry.toIndex];
    const expected = [next, next + entry.length];
    if (String(range) !== String(expected)) {
      wrong("episode", `dataset_from_index..to_index is ${show(range)}, not ${show(expected)}`);
    }
    for (const task of entry.tasks) {
      if (!known.has(task)) wrong("tasks", `task ${JSON.stringify(task)} is not in the task table`);
    }
    if (entry.slot !== undefined && episodesPath(entry.slot) !== entry.file) {
      wrong("episode", `meta/episodes/file_index names ${episodesPath(entry.slot)}`);
    }
    if (entry.length / info.fps >= MAX_SECONDS) {
      wrong("too-long", `lasts ${(entry.length / info.fps).toFixed(0)} s, ${MAX_SECONDS} or more`);
    }
    checkOffsets(entry, { fps: info.fps, placed, wrong });
    next += entry.length;
  }
}

function checkOffsets(
  entry: EpisodeEntry,
  context: {
    readonly fps: number;
    readonly placed: Map<string, number>;
    readonly wrong: (code: Problem["code"], message: string, feature?: string) => void;
  },
): void {
  const { fps, placed, wrong } = context;
  for (const [camera, { slot, from, to }] of entry.videos) {
    const key = `${camera}/${slot.chunk}/${slot.file}`;
    const before = placed.get(key) ?? 0;
    placed.set(key, before + entry.length);
    const start = before / fps;
    const end = (before + entry.length) / fps;
    if (!(Math.abs(from - start) <= TIME_TOLERANCE)) {
      wrong("video-offset", `${camera}: from_timestamp is ${from}, not ${start}`, camera);
    }
    if (!(Math.abs(to - end) <= TIME_TOLERANCE)) {
      wrong("video-offset", `${camera}: to_timestamp is ${to}, not ${end}`, camera);
    }
    if (end >= MAX_SECONDS) {
      wrong("too-long", `${camera}: its video file lasts ${MAX_SECONDS} s or more`, camera);
    }
  }
}

const show = (range: readonly number[]): string => range.join("..");
