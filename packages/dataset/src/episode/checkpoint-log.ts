import { Checkpoint, checkpointFile, type CameraSegment, type SegmentPlan } from "./checkpoint.js";
import type { EpisodeFiles } from "../files/episode-files.js";

/** Writes a checkpoint when all cameras have stored a segment, in order. */
export class CheckpointLog {
  readonly #files: EpisodeFiles;
  readonly #plan: SegmentPlan;
  readonly #cameras: readonly string[];
  readonly #open = new Map<number, Map<string, CameraSegment>>();
  #writing: Promise<void> = Promise.resolve();

  /** `cameras` are all features that a checkpoint needs, in their order. */
  constructor(files: EpisodeFiles, plan: SegmentPlan, cameras: readonly string[]) {
    this.#files = files;
    this.#plan = plan;
    this.#cameras = cameras;
  }

  /** The segment of one camera is stored. Resolves when the checkpoint is, if it is complete now. */
  async add(number: number, feature: string, segment: CameraSegment): Promise<void> {
    // With the last segment the episode itself is there.
    if ((number + 1) * this.#plan.checkpointFrames >= this.#plan.length) return;
    const segments = this.#open.get(number) ?? new Map<string, CameraSegment>();
    this.#open.set(number, segments.set(feature, segment));
    if (segments.size < this.#cameras.length) return;
    this.#open.delete(number);
    const cameras = Object.fromEntries(
      this.#cameras.flatMap((name) => {
        const found = segments.get(name);
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
    const checkpoint: Checkpoint = { version: 1, number, plan: this.#plan, cameras };
    this.#writing = this.#writing.then(() => writeCheckpoint(this.#files, checkpoint));
    await this.#writing;
  }
}

/** Stores a checkpoint; the files that it names must be stored. */
export async function writeCheckpoint(files: EpisodeFiles, checkpoint: Checkpoint): Promise<void> {
  // Parsing brings the keys into one order, so that one taken over is the same file.
  await files.putJson(checkpointFile(checkpoint.number), Checkpoint.parse(checkpoint));
}
