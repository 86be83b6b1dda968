import type { DatasetFiles } from "../files/dataset-files.js";
import type { FetchedFile, FetchedFiles } from "../files/fetched-files.js";
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
  options: {
    readonly inputs: FetchedFiles;
    readonly outputs: DatasetFiles;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { fps } = manifest;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  for (const [camera, plan] of videos) {
    for (const { slot, inputs } of plan.files) {
      const file = videoPath(camera, slot);
      const segments = inputs.flatMap(({ segments: own, label }) =>
        own.map(({ url, frames }) => ({ url, frames, name: `${label}: the video of ${camera}` })),
      );
      const fetched = await options.inputs.fetchAll(segments.map(({ url }) => url));
      try {
        const parts = segments.map((segment, at) => ({ ...segment, path: pathOf(fetched[at]) }));
        await concatVideos(parts, await options.outputs.make(file), { fps, ...call });
      } finally {
        for (const copy of fetched) await copy[Symbol.asyncDispose]();
      }
      await options.outputs.finish(file);
    }
  }
}

function pathOf(file: FetchedFile | undefined): string {
  if (file === undefined) throw new RangeError("a segment was not fetched");
  return file.path;
}
