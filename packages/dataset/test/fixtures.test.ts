import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRecording, type OpenOptions } from "@roboflow/sources";
import { createStorage } from "@roboflow/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LerobotConfig } from "../src/config/lerobot-config.js";
import { convertRecording } from "../src/episode/convert-recording.js";
import type { EpisodeManifest } from "../src/episode/manifest.js";
import { readEpisodeTable } from "../src/parquet/episode-table.js";

/** Ground truth beside each recording, computed by other tools; see fixtures/recordings/README.md. */
interface Expected {
  readonly rules: {
    readonly intersection: {
      readonly num_frames: number;
      readonly frames: readonly {
        readonly frame: number;
        readonly values: Readonly<Record<string, { value: readonly number[]; atol: number }>>;
      }[];
    };
  };
}

const fixture = (name: string): URL =>
  new URL(`../../../fixtures/recordings/${name}`, import.meta.url);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-fixture-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function convert(name: string, options: OpenOptions = {}): Promise<EpisodeManifest> {
  const config = await LerobotConfig.fromFile(fileURLToPath(fixture(`${name}.toml`)));
  await using storage = createStorage();
  await using file = await storage.open(fixture(`${name}.mcap`).href);
  await using recording = await openRecording(file, options);
  const { url, size, identity } = file;
  const source = { url, size, identity, configHash: config.hash, annotationHash: null };
  return await convertRecording({ recording, config, directory, source, software: "test" });
}

/** The episode's frames are exactly those of the rule, and hold the values at their times. */
async function expectRule(name: string, manifest: EpisodeManifest): Promise<void> {
  const text = await readFile(fixture(`${name}.expected.json`), "utf8");
  const { num_frames, frames } = (JSON.parse(text) as Expected).rules.intersection;
  expect(manifest.length).toBe(num_frames);
  const table = await readEpisodeTable(join(directory, manifest.data.file));
  for (const { frame, values } of frames)
    for (const [feature, { value, atol }] of Object.entries(values)) {
      const width = value.length;
      const row = table[feature]?.values.subarray(frame * width, (frame + 1) * width) ?? [];
      const furthest = Math.max(...value.map((wanted, at) => Math.abs(wanted - Number(row[at]))));
      expect(furthest, `${feature} of frame ${frame}`).toBeLessThanOrEqual(atol);
    }
}

// Real pictures take their time on a busy machine.
describe("recordings of other tools", { timeout: 120_000 }, () => {
  it.each([
    "01_two_cameras_zstd",
    "02_raw_rgb_bgr_lz4",
    "03_unchunked",
    "04_out_of_order_uncompressed",
    "10_depth_16uc1",
    "12_episode_0",
    "12_episode_1",
    "12_episode_2",
  ])("%s gives exactly the frames of the rule", async (name) => {
    const manifest = await convert(name);
    await expectRule(name, manifest);
    expect(manifest.topics.every(({ stale, filled }) => stale + filled === 0)).toBe(true);
  });

  it("a truncated one gives its intact part, and says so", async () => {
    const manifest = await convert("05_truncated_no_summary");
    await expectRule("05_truncated_no_summary", manifest);
    expect(manifest.warnings).toContainEqual(expect.stringContaining("truncated"));
  });

  it("a damaged one fails, or gives its intact part if asked to, and says so", async () => {
    await expect(convert("06_corrupt_chunk_crc")).rejects.toThrow(/chunk 9 .* checksum differs/);
    const manifest = await convert("06_corrupt_chunk_crc", { salvage: true });
    await expectRule("06_corrupt_chunk_crc", manifest);
    expect(manifest.warnings).toContainEqual(expect.stringMatching(/chunk 9 .* checksum differs/));
  });

  it("missing and empty topics are told in one error", async () => {
    await expect(convert("09_empty_and_missing_topic")).rejects.toThrow(
      [
        "can't use 2 mapped topics:",
        "  /joint_command has no messages",
        "  /cam_high/image_raw/compressed is not in the recording; did you mean /cam_wrist/image_raw/compressed?",
      ].join("\n"),
    );
  });

  it("ROS 1 messages are not supported yet", async () => {
    await expect(convert("11_ros1msg_in_mcap")).rejects.toThrow(/ros1.*not supported yet/i);
  });
});
