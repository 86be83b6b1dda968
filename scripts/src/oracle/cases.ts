/** What must come of a conversion. */
export type Outcome =
  /** A dataset that the oracle accepts, one episode for each recording. */
  | { readonly kind: "dataset" }
  /** A failed job whose error names all of these. */
  | { readonly kind: "failure"; readonly names: readonly (string | RegExp)[] };

/** One conversion of recordings in `fixtures/recordings`. */
export interface OracleCase {
  readonly name: string;
  /** Files in the order of their episodes; the first one's config is used. */
  readonly recordings: readonly string[];
  /** More arguments of `submit`. */
  readonly arguments?: readonly string[];
  /** Videos in several segments, as those of long recordings are. */
  readonly segmented?: true;
  readonly outcome: Outcome;
}

function dataset(name: string): OracleCase {
  return { name, recordings: [`${name}.mcap`], outcome: { kind: "dataset" } };
}

function failure(recording: string, ...names: (string | RegExp)[]): OracleCase {
  const name = recording.replace(/\.\w+$/, "");
  return { name, recordings: [recording], outcome: { kind: "failure", names } };
}

export const CASES: readonly OracleCase[] = [
  dataset("01_two_cameras_zstd"),
  dataset("02_raw_rgb_bgr_lz4"),
  dataset("03_unchunked"),
  dataset("04_out_of_order_uncompressed"),
  dataset("05_truncated_no_summary"),
  failure("06_corrupt_chunk_crc.mcap", "06_corrupt_chunk_crc.mcap", /chunk 9 at byte \d+/),
  {
    name: "06_corrupt_chunk_crc, salvaged",
    recordings: ["06_corrupt_chunk_crc.mcap"],
    arguments: ["--salvage"],
    outcome: { kind: "dataset" },
  },
  failure("07_ros1_bz2.bag", "not supported yet", /ROS ?1/i),
  failure("08_ros1_lz4.bag", "not supported yet", /ROS ?1/i),
  failure("09_empty_and_missing_topic.mcap", "/joint_command", "/cam_high/image_raw/compressed"),
  dataset("10_depth_16uc1"),
  failure("11_ros1msg_in_mcap.mcap", "not supported yet", "ros1"),
  dataset("12_episode_0"),
  dataset("12_episode_1"),
  dataset("12_episode_2"),
  {
    name: "12_episode_0 to 2, one dataset",
    recordings: ["12_episode_0.mcap", "12_episode_1.mcap", "12_episode_2.mcap"],
    outcome: { kind: "dataset" },
  },
  {
    name: "12_episode_0 to 2, segmented",
    recordings: ["12_episode_0.mcap", "12_episode_1.mcap", "12_episode_2.mcap"],
    segmented: true,
    outcome: { kind: "dataset" },
  },
];
