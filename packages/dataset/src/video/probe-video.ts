import { stat } from "node:fs/promises";
import { sha256Hex } from "@roboflow/core";
import type { AVPixelFormat } from "node-av/constants";
import type { VideoParameters } from "../episode/manifest.js";
import { VideoInput } from "./video-input.js";
import { invalidVideo } from "./video-error.js";

/** What a video file holds, from its packets; nothing was decoded. */
export interface VideoProbe {
  parameters: VideoParameters;
  bytes: number;
  /** One packet is one frame. */
  packets: number;
  /** Average frames a second as the container states it; readers find frames by it. */
  averageRate: { num: number; den: number };
  /** Constant: packet k is at k × ticksPerFrame for every k. Else the first that is not. */
  constantRate: { kind: "constant"; ticksPerFrame: number } | { kind: "uneven"; packet: number };
  /** The largest number of frames from one key frame to the next. */
  keyFrameDistance: number;
}

/**
 * Reads every packet of a video file.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO` if it is no readable video.
 */
export async function probeVideo(
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<VideoProbe> {
  await using input = await VideoInput.open(path);
  const { libav, stream } = input;
  const { codecpar, timeBase, avgFrameRate } = stream;
  let packets = 0;
  let ticksPerFrame = 0n;
  let uneven: number | undefined;
  let lastKey = 0;
  let keyFrameDistance = 0;
  for await (const packet of input.packets(options)) {
    if (packet.hasFlags(libav.constants.AV_PKT_FLAG_CORRUPT)) {
      throw invalidVideo(path, `is cut off or damaged in frame ${packets}`);
    }
    if (packets === 0) ticksPerFrame = packet.duration;
    if (packet.pts !== BigInt(packets) * ticksPerFrame || packet.duration !== ticksPerFrame) {
      uneven ??= packets;
    }
    if (packet.isKeyframe) {
      keyFrameDistance = Math.max(keyFrameDistance, packets - lastKey);
      lastKey = packets;
    }
    packets += 1;
  }
  if (packets === 0) throw invalidVideo(path, "has no frames");
  if (BigInt(packets) !== stream.nbFrames) {
    throw invalidVideo(
      path,
      `is cut off: its index names ${stream.nbFrames} frames, of which it has ${packets}`,
    );
  }
  const pixFmt = libav.lib.avGetPixFmtName(codecpar.format as AVPixelFormat);
  if (pixFmt === null) throw invalidVideo(path, "its first frame can't be decoded");
  return {
    parameters: {
      codec: libav.lib.avGetCodecName(codecpar.codecId) ?? "unknown",
      width: codecpar.width,
      height: codecpar.height,
      pixFmt,
      timeScale: timeBase.den,
      extradata: sha256Hex(codecpar.extradata ?? new Uint8Array()),
    },
    bytes: (await stat(path)).size,
    packets,
    averageRate: { num: avgFrameRate.num, den: avgFrameRate.den },
    constantRate:
      uneven === undefined
        ? { kind: "constant", ticksPerFrame: Number(ticksPerFrame) }
        : { kind: "uneven", packet: uneven },
    keyFrameDistance: Math.max(keyFrameDistance, packets - lastKey),
  };
}

/**
 * Checks that a video has exactly `frames` frames, frame k at exactly k/fps, as readers that seek by
 * frame number need it.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`
 */
export function checkFrames(
  probe: VideoProbe,
  expected: { path: string; fps: number; frames: number },
): void {
  const { path, fps, frames } = expected;
  if (probe.packets !== frames) {
    throw invalidVideo(path, `has ${probe.packets} frames, but ${frames} were written`);
  }
  const { constantRate, averageRate, parameters } = probe;
  if (constantRate.kind === "uneven") {
    throw invalidVideo(path, `frame ${constantRate.packet} is not at its time`);
  }
  if (constantRate.ticksPerFrame * fps !== parameters.timeScale) {
    throw invalidVideo(
      path,
      `a frame lasts ${constantRate.ticksPerFrame}/${parameters.timeScale} s, not 1/${fps} s`,
    );
  }
  if (averageRate.num !== fps * averageRate.den) {
    throw invalidVideo(
      path,
      `the average rate is ${averageRate.num}/${averageRate.den}, not ${fps}`,
    );
  }
}
