import { checkFrames, probeVideo } from "../video/probe-video.js";
import type { CameraFile } from "./camera-file.js";
import { decodeEpisodes } from "./decode-episodes.js";
import type { EpisodeEntry } from "./episode-entries.js";
import { cameras, videoFileOf, type OpenedDataset } from "./opened-dataset.js";
import { attempt, type Report } from "./problem.js";

export interface VideoCheckOptions {
  /** Decode every frame; else only packets and their times are read. */
  readonly decode: boolean;
  readonly report: Report;
  onFrames(frames: number): void;
}

/** Every video file: its format as declared, one packet a row at the row's time, and its pictures. */
export async function checkVideos(
  dataset: OpenedDataset,
  options: VideoCheckOptions,
): Promise<void> {
  for (const camera of cameras(dataset.info)) {
    const byFile = new Map<string, EpisodeEntry[]>();
    for (const entry of dataset.episodes) {
      const place = entry.videos.get(camera);
      if (place === undefined) continue;
      const file = videoFileOf(dataset, camera, place.slot);
      byFile.set(file, [...(byFile.get(file) ?? []), entry]);
    }
    for (const [file, episodes] of byFile) {
      dataset.signal?.throwIfAborted();
      await checkFile(dataset, { camera, file, episodes }, options);
    }
  }
}

async function checkFile(
  dataset: OpenedDataset,
  video: CameraFile,
  options: VideoCheckOptions,
): Promise<void> {
  const { file, camera: feature, episodes } = video;
  const { info, files, signal } = dataset;
  const { report } = options;
  const call = signal === undefined ? {} : { signal };
  // Told by the check of files.
  if (!(await files.exists(file))) return;
  await using local = await files.fetch(file);
  const probe = await attempt(report, { code: "file-unreadable", feature, file }, () =>
    probeVideo(local.path, call),
  );
  if (probe === undefined) return;
  const frames = episodes.reduce((sum, { length }) => sum + length, 0);
  await attempt(report, { code: "video-frames", feature, file }, () =>
    checkFrames(probe, { path: file, fps: info.fps, frames }),
  );
  const { codec, width, height, pixFmt } = probe.parameters;
  const declared = info.features[feature];
  const details: unknown = declared?.["info"];
  const stated = new Map<string, unknown>(Object.entries(details ?? {}));
  const compare = (what: string, found: string | number, wanted: unknown): void => {
    if (wanted === undefined || found === wanted) return;
    const message = `${what} is ${found}, meta/info.json says ${JSON.stringify(wanted)}`;
    report({ code: "video-format", severity: "error", feature, file, message });
  };
  compare("height", height, declared?.shape[0]);
  compare("width", width, declared?.shape[1]);
  compare("codec", codec, stated.get("video.codec"));
  compare("pixel format", pixFmt, stated.get("video.pix_fmt"));
  compare("frame rate", info.fps, stated.get("video.fps"));
  if (options.decode) await decodeEpisodes(dataset, { ...video, path: local.path }, report);
  options.onFrames(frames);
}
