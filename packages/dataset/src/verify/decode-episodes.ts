import { DatasetError } from "../error.js";
import { decodeVideo, type DecodedFrame } from "../video/decode-video.js";
import type { CameraFile } from "./camera-file.js";
import type { EpisodeEntry } from "./episode-entries.js";
import type { OpenedDataset } from "./opened-dataset.js";
import type { Report } from "./problem.js";
import { featureStats } from "./stat-values.js";

/** Formats whose first plane is the brightness, one byte a pixel, in limited or full range. */
const LUMA_RANGE: ReadonlyMap<string, readonly [black: number, white: number]> = new Map([
  ["yuv420p", [16, 235]],
  ["yuv422p", [16, 235]],
  ["yuv444p", [16, 235]],
  ["yuvj420p", [0, 255]],
  ["yuvj422p", [0, 255]],
  ["yuvj444p", [0, 255]],
]);
/** Weights of red, green and blue in the brightness (BT.601). */
const LUMA_WEIGHTS = [0.299, 0.587, 0.114] as const;
/** Every so many pixels are looked at. */
const PIXEL_STEP = 16;
/** Of full brightness; more than encoding, sampling and other colour matrices shift the mean. */
const BRIGHTNESS_TOLERANCE = 0.06;

/**
 * Decodes every frame of a video file. An episode whose pictures are brighter or darker than its
 * statistics say is told: another video in its place would load without a word.
 */
export async function decodeEpisodes(
  dataset: OpenedDataset,
  { camera, file, episodes, path }: CameraFile & { readonly path: string },
  report: Report,
): Promise<void> {
  const brightness = new Brightness(episodes, camera);
  let decoded = 0;
  try {
    await decodeVideo(path, {
      ...(dataset.signal === undefined ? {} : { signal: dataset.signal }),
      onFrame: (frame) => {
        brightness.add(frame);
        decoded += 1;
      },
    });
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    const { episode, frame } = locate(episodes, decoded);
    const message = `${camera}: ${error.message}`;
    const where = { episode, feature: camera, frame, file };
    report({ code: "video-decode", severity: "error", ...where, message });
    return;
  }
  for (const [episode, found, wanted] of brightness.differences()) {
    const message =
      `${camera}: the mean brightness is ${found.toFixed(3)}, by the statistics ` +
      `${wanted.toFixed(3)}: is this the episode's video?`;
    report({ code: "stats", severity: "warning", episode, feature: camera, file, message });
  }
}

/** The episode and its frame at this place in the file. */
function locate(episodes: readonly EpisodeEntry[], position: number) {
  let frame = position;
  let episode = -1;
  for (const entry of episodes) {
    episode = entry.episodeIndex;
    if (frame < entry.length) break;
    frame -= entry.length;
  }
  return { episode, frame };
}

/** Mean brightness of each episode's frames, 0..1. */
class Brightness {
  readonly #episodes: readonly EpisodeEntry[];
  readonly #camera: string;
  readonly #sums: number[];
  #position = 0;
  #frame = 0;

  constructor(episodes: readonly EpisodeEntry[], camera: string) {
    this.#episodes = episodes;
    this.#camera = camera;
    this.#sums = episodes.map(() => 0);
  }

  add(frame: DecodedFrame): void {
    while (this.#frame >= (this.#episodes[this.#position]?.length ?? Infinity)) {
      this.#position += 1;
      this.#frame = 0;
    }
    this.#frame += 1;
    const range = LUMA_RANGE.get(frame.pixFmt);
    const luma = range === undefined ? NaN : meanLuma(frame, range);
    this.#sums[this.#position] = (this.#sums[this.#position] ?? NaN) + luma;
  }

  /** Episodes that differ from their statistics: index, found and expected. */
  *differences(): Iterable<[episode: number, found: number, wanted: number]> {
    for (const [position, { episodeIndex, length, stats }] of this.#episodes.entries()) {
      const mean = featureStats(stats, this.#camera)?.get("mean")?.values;
      if (mean === undefined) continue;
      const wanted = LUMA_WEIGHTS.reduce((sum, weight, c) => sum + weight * (mean[c] ?? NaN), 0);
      const found = (this.#sums[position] ?? NaN) / length;
      if (Math.abs(found - wanted) > BRIGHTNESS_TOLERANCE) yield [episodeIndex, found, wanted];
    }
  }
}

function meanLuma(frame: DecodedFrame, [black, white]: readonly [number, number]): number {
  const pixels = frame.pixels();
  const size = frame.width * frame.height;
  let sum = 0;
  let count = 0;
  for (let at = 0; at < size; at += PIXEL_STEP) {
    sum += pixels[at] ?? 0;
    count += 1;
  }
  return (sum / count - black) / (white - black);
}
