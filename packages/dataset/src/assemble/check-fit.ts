import { DatasetError } from "../error.js";
import type { EpisodeManifest } from "../episode/manifest.js";

/** An episode and the recording it came from. */
export interface LabelledManifest {
  readonly manifest: EpisodeManifest;
  readonly label: string;
}

/**
 * Refuses an episode that can't share a dataset with the first one. Videos may differ in what a new
 * file can hold (time scale, parameter sets), but not in what `meta/info.json` says of all.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_MISMATCH`, which names both recordings and all that differs
 */
export function checkFit(first: LabelledManifest, other: LabelledManifest): void {
  const differences = [...compare(first, other)];
  if (differences.length === 0) return;
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_MISMATCH",
    `${first.label} and ${other.label} do not fit into one dataset: ${differences.join("; ")}`,
    { hint: "Submit recordings that differ as separate batches with an output of their own." },
  );
}

function* compare(first: LabelledManifest, other: LabelledManifest): Iterable<string> {
  const differ = (what: string, a: unknown, b: unknown): string[] =>
    JSON.stringify(a) === JSON.stringify(b)
      ? []
      : [`${what} is ${show(a)} in ${first.label}, ${show(b)} in ${other.label}`];
  const { manifest: a } = first;
  const { manifest: b } = other;
  yield* differ("fps", a.fps, b.fps);
  yield* differ("robot_type", a.robotType, b.robotType);
  for (const name of new Set([...Object.keys(a.features), ...Object.keys(b.features)])) {
    const [left, right] = [a.features[name], b.features[name]];
    if (left === undefined || right === undefined) {
      yield `feature ${name} is only in ${left === undefined ? other.label : first.label}`;
      continue;
    }
    yield* differ(`dtype of ${name}`, left.dtype, right.dtype);
    yield* differ(`shape of ${name}`, left.shape, right.shape);
    yield* differ(`names of ${name}`, left.names, right.names);
    const [video, otherVideo] = [a.videos[name]?.parameters, b.videos[name]?.parameters];
    yield* differ(`codec of ${name}`, video?.codec, otherVideo?.codec);
    yield* differ(`pixel format of ${name}`, video?.pixFmt, otherVideo?.pixFmt);
  }
}

const show = (value: unknown): string => (value === undefined ? "absent" : JSON.stringify(value));
