import { formatDuration } from "./format.js";

const WINDOW_MS = 10_000;

/** Frames a second of each job, over the last ten seconds. */
export class FrameRate {
  readonly #seen = new Map<string, { at: number; done: number }[]>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Notes how far a job is; gives its rate, undefined until two points are known. */
  of(id: string, done: number): number | undefined {
    const at = this.now();
    const seen = this.#seen.get(id) ?? [];
    // Less done than before: a new attempt.
    const isNew = (seen.at(-1)?.done ?? 0) > done;
    const points = isNew ? [] : seen.filter((point) => at - point.at <= WINDOW_MS);
    points.push({ at, done });
    this.#seen.set(id, points);
    const first = points[0];
    if (first === undefined || at - first.at < 500) return undefined;
    return ((done - first.done) * 1000) / (at - first.at);
  }
}

export interface ProgressLine {
  readonly name: string;
  readonly done: number;
  /** Undefined until it is known. */
  readonly total: number | undefined;
  readonly perSecond: number | undefined;
  /** Width of the terminal. */
  readonly columns: number;
}

/** `run1.mcap [#####-----] 52/104 frames, 60 frames/s, 0.9 s left`, cut to the terminal's width. */
export function progressLine({ name, done, total, perSecond, columns }: ProgressLine): string {
  const parts = [name];
  if (total !== undefined && total > 0) {
    const filled = Math.min(20, Math.floor((done / total) * 20));
    parts.push(`[${"#".repeat(filled)}${"-".repeat(20 - filled)}] ${done}/${total} frames`);
  } else {
    parts.push(done > 0 ? `${done} frames` : "starting");
  }
  const rest: string[] = [];
  if (perSecond !== undefined && perSecond > 0) {
    rest.push(`${perSecond.toFixed(perSecond < 10 ? 1 : 0)} frames/s`);
    if (total !== undefined) rest.push(`${formatDuration((total - done) / perSecond)} left`);
  }
  return [parts.join(" "), ...rest].join(", ").slice(0, Math.max(20, columns - 1));
}
