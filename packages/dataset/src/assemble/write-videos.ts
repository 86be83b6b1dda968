import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatasetError } from "../error.js";
import { concatVideos } from "../video/concat-videos.js";
import { checkFrames, probeVideo } from "../video/probe-video.js";
import type { AssemblyPlan } from "./assembly-plan.js";
import { videoPath } from "./file-slot.js";
import type { EpisodeVideo } from "./video-plan.js";

/**
 * Writes every camera's video files. That packets and time stamps match the rows is checked of each
 * episode's video and of each file that came out.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_VIDEO`
 */
export async function writeVideos(
  { manifest, videos }: AssemblyPlan,
  options: { readonly directory: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { fps } = manifest;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  for (const [camera, plan] of videos) {
    for (const { slot, inputs, frames } of plan.files) {
      for (const input of inputs) await checkInput(camera, input, fps, call);
      const path = videoPath(camera, slot);
      const output = join(options.directory, path);
      await mkdir(dirname(output), { recursive: true });
      const joined = await concatVideos(inputs, output, { fps, ...call });
      if (joined.frames !== frames) {
        throw new DatasetError(
          "ERR_ROBOFLOW_DATASET_VIDEO",
          `${path} has ${joined.frames} frames, its episodes have ${frames}`,
        );
      }
    }
  }
}

/** Two wrong lengths could cancel each other out in the whole. */
async function checkInput(
  camera: string,
  { label, path, frames }: EpisodeVideo,
  fps: number,
  call: { signal?: AbortSignal },
): Promise<void> {
  try {
    checkFrames(await probeVideo(path, call), { path, fps, frames });
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_VIDEO",
      `${label}: the video of ${camera} does not match its ${frames} rows: ${cause.message}`,
      { cause, hint: "Convert the recording again." },
    );
  }
}
