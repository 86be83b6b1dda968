import type { Logger } from "@roboflow/core";
import type { Recording } from "@roboflow/sources";
import type { TimeGrid } from "../align/time-grid.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import { sampledFrames } from "../stats/sampled-frames.js";
import { CameraTrack, type ImageMapping } from "./camera-track.js";
import type { CameraSegment, SegmentPlan } from "./checkpoint.js";
import { CheckpointLog } from "./checkpoint-log.js";
import type { EpisodeFiles } from "../files/episode-files.js";
import { NumericTrack, type Segment } from "./numeric-track.js";
import { PictureFlow, type PictureQueue } from "./picture-flow.js";
import { readSamples, type Timing } from "./read-samples.js";
import { SegmentedVideo } from "./segmented-video.js";
import { Track } from "./track.js";

export interface StreamOptions {
  readonly recording: Recording;
  readonly config: LerobotConfig;
  /** Mapped topics that have messages. */
  readonly topics: readonly string[];
  readonly grid: TimeGrid;
  readonly timing: Timing;
  /** Gets the cameras' segments and the checkpoints. */
  readonly files: EpisodeFiles;
  readonly plan: SegmentPlan;
  /** By camera: segments that are stored already, of equal number. */
  readonly resumed: ReadonlyMap<string, readonly CameraSegment[]>;
  readonly signal?: AbortSignal | undefined;
  readonly logger: Logger;
  /** Frames that all cameras have, or all numbers where there is no camera. */
  onFrames(framesDone: number): void;
}

export interface StreamedFrames {
  readonly tracks: readonly Track[];
  /** In the config's order. */
  readonly segments: readonly Segment[];
  /** Each camera's video, by feature. */
  readonly cameras: ReadonlyMap<string, readonly CameraSegment[]>;
}

interface Camera {
  readonly mapping: ImageMapping;
  readonly queue: PictureQueue;
  framesDone: number;
}

/** Messages between two reports of progress where no camera reports it. */
const PROGRESS_MESSAGES = 1000;

/** Frames of these segments. */
export function framesOf(segments: readonly CameraSegment[]): number {
  return segments.reduce((sum, { frames }) => sum + frames, 0);
}

/** Reads the mapped messages once, while each camera encodes what its frames take. */
export async function streamFrames(options: StreamOptions): Promise<StreamedFrames> {
  const { config, grid, logger } = options;
  const flow = new PictureFlow({
    perCamera: config.streaming.ring_buffer_size,
    pictures: config.flushing.max_frames_per_chunk,
    bytes: config.flushing.max_memory_bytes,
  });
  const cameras: Camera[] = [];
  const numeric: NumericTrack[] = [];
  const tracks = config.mappings.map((mapping) => {
    if (mapping.mapping_type === "image") {
      const queue = flow.open();
      const framesDone = framesOf(options.resumed.get(mapping.feature) ?? []);
      cameras.push({ mapping, queue, framesDone });
      return new Track(mapping, grid, new CameraTrack(mapping, queue, framesDone));
    }
    const schemaName = options.recording.topics.get(mapping.topic)?.schemaName ?? "";
    const track = new NumericTrack(mapping, schemaName, grid);
    numeric.push(track);
    return new Track(mapping, grid, track);
  });

  const stop = new AbortController();
  const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
  const signal = AbortSignal.any(signals);
  const sampled = new Set(sampledFrames(grid.frames));
  const { files, plan } = options;
  const features = cameras.map(({ mapping }) => mapping.feature);
  const checkpoints = new CheckpointLog(files, plan, features);
  const encode = async (camera: Camera): Promise<readonly [string, readonly CameraSegment[]]> => {
    const { topic, feature } = camera.mapping;
    await using video = new SegmentedVideo({
      files,
      fps: grid.fps,
      frames: grid.frames,
      checkpointFrames: plan.checkpointFrames,
      done: options.resumed.get(feature) ?? [],
      video: config.video,
      sampled: (frame) => sampled.has(frame),
      feature,
      topic,
      signal,
      logger,
      onSegment: (number, segment) => checkpoints.add(number, feature, segment),
    });
    for await (const { image, repeat } of camera.queue) {
      await video.write(image, repeat);
      camera.framesDone = video.frames;
      options.onFrames(Math.min(...cameras.map(({ framesDone }) => framesDone)));
    }
    return [feature, await video.finish()];
  };
  const reading = readAll(options, tracks, flow, signal, cameras.length === 0);
  const encoding = cameras.map(encode);
  const videos = await allOrFirstError([reading, ...encoding], (reason) => {
    stop.abort(reason);
    flow.fail(reason);
  }).then(() => Promise.all(encoding));
  logger.debug("pictures that waited at most", flow.peak);
  return {
    tracks,
    segments: numeric.map((track) => track.finish()),
    cameras: new Map(videos),
  };
}

async function readAll(
  options: StreamOptions,
  tracks: readonly Track[],
  flow: PictureFlow,
  signal: AbortSignal,
  reportsProgress: boolean,
): Promise<void> {
  const { recording, topics, grid, timing } = options;
  const byTopic = new Map<string, Track[]>();
  for (const track of tracks) {
    const { topic } = track.mapping;
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), track]);
  }
  const decided = (): number => Math.min(...tracks.map((track) => track.decided));
  let messages = 0;
  for await (const sample of readSamples(recording, topics, grid, timing, signal)) {
    for (const track of byTopic.get(sample.topic) ?? []) track.push(sample);
    const room = flow.room();
    if (room !== undefined) await room;
    if (++messages % PROGRESS_MESSAGES !== 0) continue;
    if (reportsProgress) options.onFrames(decided());
    if (decided() === grid.frames) break;
  }
  for (const track of tracks) track.finish();
  if (reportsProgress) options.onFrames(decided());
}

/** Waits until all have ended; the first error stops the others and is thrown. */
async function allOrFirstError(
  tasks: readonly Promise<unknown>[],
  stop: (reason: unknown) => void,
): Promise<void> {
  let first: { readonly reason: unknown } | undefined;
  await Promise.all(
    tasks.map((task) =>
      task.catch((reason: unknown) => {
        if (first !== undefined) return;
        first = { reason };
        stop(reason);
      }),
    ),
  );
  if (first !== undefined) throw first.reason;
}
