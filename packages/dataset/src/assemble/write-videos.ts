import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { concatVideos } from "../video/concat-videos.js";
import type { AssemblyPlan } from "./assembly-plan.js";
import { videoPath } from "./file-slot.js";

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
    for (const { slot, inputs } of plan.files) {
      const output = join(options.directory, videoPath(camera, slot));
      await mkdir(dirname(output), { recursive: true });
      const parts = inputs.flatMap(({ segments, label }) =>
        segments.map(({ path, frames }) => ({
          path,
          frames,
          name: `${label}: the video of ${camera}`,
        })),
      );
      await concatVideos(parts, output, { fps, ...call });
    }
  }
}
