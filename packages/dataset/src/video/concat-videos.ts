import { copyFile, rm, stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { DatasetError } from "../error.js";
import { loadLibav } from "./libav.js";
import { Mp4Muxer } from "./mp4-muxer.js";
import { checkFrames, probeVideo } from "./probe-video.js";
import { VideoInput } from "./video-input.js";

export interface VideoPart {
  /** Local path of an mp4 that {@link CameraWriter} wrote. */
  path: string;
  /** Frames that it must have. */
  frames?: number;
  /** What errors call it; its path if left out. */
  name?: string;
}

/**
 * Joins episodes' videos of equal parameters into one, without encoding again: frame k of the whole
 * is at exactly k/fps. The output is removed if it fails.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_MISMATCH` if parameters differ, naming both files;
 *   `ERR_ROBOFLOW_DATASET_VIDEO` if a part is not of constant rate `fps` or has other `frames`, or
 *   writing fails.
 */
export async function concatVideos(
  parts: readonly VideoPart[],
  output: string,
  options: { fps: number; signal?: AbortSignal },
): Promise<{ frames: number; bytes: number }> {
  const [first, ...others] = parts;
  if (first === undefined) throw new RangeError("there is no video to join");
  const frames = await countFrames(parts, options);
  try {
    if (others.length === 0) await copyFile(first.path, output);
    else await copyPackets(first, parts, output, options);
    const probe = await probeVideo(output, options);
    checkFrames(probe, { path: output, fps: options.fps, frames });
    return { frames, bytes: (await stat(output)).size };
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** Checks each part by itself and against the first. */
async function countFrames(
  parts: readonly VideoPart[],
  options: { fps: number; signal?: AbortSignal },
): Promise<number> {
  let frames = 0;
  let reference: { name: string; parameters: object } | undefined;
  for (const { path, frames: expected, name = path } of parts) {
    const probe = await probeVideo(path, options);
    checkFrames(probe, { path: name, fps: options.fps, frames: expected ?? probe.packets });
    reference ??= { name, parameters: probe.parameters };
    if (!isDeepStrictEqual(probe.parameters, reference.parameters)) {
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_MISMATCH",
        `${name} and ${reference.name} can't be joined: their video parameters differ`,
        { hint: "Start a new file where codec parameters change." },
      );
    }
    frames += probe.packets;
  }
  return frames;
}

async function copyPackets(
  first: VideoPart,
  parts: readonly VideoPart[],
  output: string,
  options: { fps: number; signal?: AbortSignal },
): Promise<void> {
  const libav = await loadLibav();
  await using muxer = await openLike(first);
  for (const { path } of parts) {
    await using input = await VideoInput.open(path);
    for await (const packet of input.packets(options)) await muxer.write(packet);
  }
  await muxer.finish();

  async function openLike({ path }: VideoPart): Promise<Mp4Muxer> {
    await using input = await VideoInput.open(path);
    return await Mp4Muxer.create(libav, output, options.fps, (parameters) =>
      input.stream.codecpar.copy(parameters),
    );
  }
}
