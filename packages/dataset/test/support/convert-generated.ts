import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LerobotConfig } from "../../src/config/lerobot-config.js";
import {
  convertRecording,
  type ConvertRecordingOptions,
} from "../../src/episode/convert-recording.js";
import type { EpisodeManifest } from "../../src/episode/manifest.js";
import type { NumericColumn } from "../../src/parquet/column.js";
import { readEpisodeTable } from "../../src/parquet/episode-table.js";
import { decodeVideo } from "../../src/video/decode-video.js";
import { readCounter } from "./counter-picture.js";
import { generateRecording, type GeneratedTopic } from "./generated-recording.js";

export interface ConvertedEpisode {
  readonly directory: string;
  readonly manifest: EpisodeManifest;
  readonly table: Record<string, NumericColumn>;
  /** What the frames of a camera show. */
  readonly counters: (feature: string) => Promise<number[]>;
}

/** Generates a recording and converts it by the config into a new directory below the system's. */
export async function convertGenerated(
  toml: string,
  topics: Readonly<Record<string, GeneratedTopic>>,
  options: Partial<ConvertRecordingOptions> = {},
): Promise<ConvertedEpisode> {
  const directory = await mkdtemp(join(tmpdir(), "roboflow-convert-"));
  const config = LerobotConfig.fromToml(toml);
  await using generated = await generateRecording(topics);
  const converting = convertRecording({
    recording: generated.recording,
    config,
    directory,
    source: {
      url: "file:///r.mcap",
      size: 1,
      identity: "1",
      configHash: config.hash,
      annotationHash: null,
    },
    software: "0.0.0",
    ...options,
  });
  const manifest = await converting.catch(async (error: unknown) => {
    await rm(directory, { recursive: true });
    throw error;
  });
  return {
    directory,
    manifest,
    table: await readEpisodeTable(join(directory, manifest.data.file)),
    async counters(feature) {
      const shown: number[] = [];
      for (const { file } of manifest.videos[feature]?.segments ?? [])
        await decodeVideo(join(directory, file), {
          onFrame: (frame) => shown.push(readCounter(frame)),
        });
      return shown;
    },
  };
}
