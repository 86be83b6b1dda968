const MIN_SAMPLES = 100;
const MAX_SAMPLES = 10_000;

/**
 * The frames of an episode whose pictures enter the image statistics, ascending: LeRobot's
 * `sample_indices` (all below 100 frames, then N^0.75 of them but at least 100, at most 10,000,
 * evenly spread).
 */
export function sampledFrames(frames: number): readonly number[] {
  const wanted = Math.max(
    Math.min(MIN_SAMPLES, frames),
    Math.min(Math.trunc(frames ** 0.75), MAX_SAMPLES),
  );
  if (wanted <= 1) return frames === 0 ? [] : [0];
  const step = (frames - 1) / (wanted - 1);
  return Array.from({ length: wanted }, (_, index) =>
    index === wanted - 1 ? frames - 1 : roundHalfToEven(index * step),
  );
}

/** numpy's `round`, which decides which frame is sampled when two are equally near. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
