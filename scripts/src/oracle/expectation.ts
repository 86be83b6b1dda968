/** What `check_dataset.py --expect` reads, as far as it is changed here. */
export interface Expectation {
  readonly num_episodes: number;
  readonly num_frames: number;
  readonly frames: readonly { readonly episode: number }[];
  readonly [key: string]: unknown;
}

/**
 * What a dataset of several recordings must be, from what each alone must be: the episodes in this
 * order, and exactly the expected number of frames in each, whatever tolerance the files allow.
 */
export function joinExpectations(recordings: readonly Expectation[]): Expectation {
  const [first] = recordings;
  if (first === undefined) throw new Error("no recording to expect anything of");
  const lengths = recordings.map(({ num_frames }) => num_frames);
  return {
    ...first,
    codebase_version: "v3.0",
    num_episodes: recordings.length,
    num_frames: lengths.reduce((sum, length) => sum + length, 0),
    num_frames_tolerance: 0,
    episode_lengths: lengths,
    frames: recordings.flatMap(({ frames }, episode) =>
      frames.map((frame) => ({ ...frame, episode })),
    ),
  };
}
