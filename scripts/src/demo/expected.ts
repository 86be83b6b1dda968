import { isDeepStrictEqual } from "node:util";

/** The part of `dataset info --json` that the demo looks at. */
export interface DatasetSummary {
  readonly version: string;
  readonly episodes: number;
  readonly frames: number;
  readonly fps: number;
  readonly tasks: readonly string[];
  readonly features: Readonly<Record<string, { dtype: string; shape: readonly number[] }>>;
}

/** What `examples/pick` must become: recordings of 65, 66 and 65 frames. */
export const EXPECTED: DatasetSummary = {
  version: "v3.0",
  episodes: 3,
  frames: 196,
  fps: 30,
  tasks: ["Pick up the block."],
  features: {
    "observation.state": { dtype: "float32", shape: [7] },
    action: { dtype: "float32", shape: [7] },
    "observation.images.cam_wrist": { dtype: "video", shape: [240, 320, 3] },
  },
};

/** Where a dataset differs from `expected`; it may have further features. */
export function differences(actual: DatasetSummary, expected: DatasetSummary): string[] {
  const problems: string[] = [];
  const compare = (what: string, is: unknown, must: unknown): void => {
    if (!isDeepStrictEqual(is, must)) {
      problems.push(
        `${what}: ${JSON.stringify(is) ?? "missing"}, expected ${JSON.stringify(must)}`,
      );
    }
  };
  for (const key of ["version", "episodes", "frames", "fps", "tasks"] as const) {
    compare(key, actual[key], expected[key]);
  }
  for (const [name, { dtype, shape }] of Object.entries(expected.features)) {
    const feature = actual.features[name];
    compare(name, feature && { dtype: feature.dtype, shape: feature.shape }, { dtype, shape });
  }
  return problems;
}
