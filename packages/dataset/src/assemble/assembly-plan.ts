import { joinUrl } from "@roboflow/storage";
import { DatasetError } from "../error.js";
import type { EpisodeManifest } from "../episode/manifest.js";
import { AT_ONCE, type FetchedFiles } from "../files/fetched-files.js";
import { inOrder } from "../files/in-order.js";
import { checkFit, type LabelledManifest } from "./check-fit.js";
import { cameraNames } from "./dataset-features.js";
import { readManifest, type EpisodeArtifacts } from "./read-manifest.js";
import { addTasks } from "./task-table.js";
import { checkLength, VideoPlan } from "./video-plan.js";

/** All that must be known of the episodes before the first file is written; small for each episode. */
export interface AssemblyPlan {
  /** The first episode's: what all have in common. */
  readonly manifest: EpisodeManifest;
  readonly frames: number;
  /** `task_index` by task text. */
  readonly tasks: ReadonlyMap<string, number>;
  /** By camera, in the order of the features. */
  readonly videos: ReadonlyMap<string, VideoPlan>;
}

/**
 * Reads every manifest, refuses episodes that do not fit, and decides which video goes where.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_MISMATCH`, `_TOO_LONG` or `_INVALID`
 */
export async function planAssembly(
  episodes: readonly EpisodeArtifacts[],
  options: {
    readonly inputs: FetchedFiles;
    readonly maxVideoBytes: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<AssemblyPlan> {
  let first: LabelledManifest | undefined;
  let frames = 0;
  const tasks = new Map<string, number>();
  const videos = new Map<string, VideoPlan>();
  const read = async (source: EpisodeArtifacts) => ({
    source,
    manifest: await readManifest(source, options.inputs),
  });
  for await (const { source, manifest } of inOrder(episodes, AT_ONCE, read)) {
    options.signal?.throwIfAborted();
    const { label } = source;
    first ??= { manifest, label };
    checkFit(first, { manifest, label });
    checkLength(label, manifest.length, manifest.fps);
    checkTasks(label, manifest);
    addTasks(tasks, manifest);
    for (const camera of cameraNames(manifest)) {
      addVideo(videos, camera, { manifest, source, maxBytes: options.maxVideoBytes });
    }
    frames += manifest.length;
  }
  if (first === undefined) {
    throw new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", "a dataset needs at least one episode");
  }
  return { manifest: first.manifest, frames, tasks, videos };
}

function addVideo(
  plans: Map<string, VideoPlan>,
  camera: string,
  episode: { manifest: EpisodeManifest; source: EpisodeArtifacts; maxBytes: number },
): void {
  const { manifest, source, maxBytes } = episode;
  const video = manifest.videos[camera];
  const [height, width] = manifest.features[camera]?.shape ?? [];
  if (video === undefined) throw invalid(`${source.label}: there is no video of ${camera}`);
  const { parameters, segments } = video;
  if (parameters.width !== width || parameters.height !== height) {
    throw invalid(
      `${source.label}: the video of ${camera} is ${parameters.width}×${parameters.height}, ` +
        `its feature ${width}×${height}`,
    );
  }
  const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
  if (frames !== manifest.length) {
    throw invalid(
      `${source.label}: the video of ${camera} has ${frames} frames, the episode ${manifest.length}`,
    );
  }
  const plan = plans.get(camera) ?? new VideoPlan({ fps: manifest.fps, maxBytes });
  plans.set(camera, plan);
  plan.add({
    label: source.label,
    segments: segments.map(({ file, frames, bytes }) => ({
      url: joinUrl(source.url, file),
      frames,
      bytes,
    })),
    frames: manifest.length,
    parameters,
  });
}

function checkTasks(label: string, { tasks, length }: EpisodeManifest): void {
  let next = 0;
  for (const { from, to } of tasks) {
    if (from !== next || to <= from) {
      throw invalid(`${label}: the task ranges leave a gap or overlap at frame ${next}`);
    }
    next = to;
  }
  if (next !== length) {
    throw invalid(`${label}: the task ranges end at frame ${next} of ${length}`);
  }
}

const invalid = (message: string): DatasetError =>
  new DatasetError("ERR_ROBOFLOW_DATASET_INVALID", message, {
    hint: "Convert the recording again.",
  });
