import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VideoSettings } from "../../src/config/video-settings.js";
import type { CameraVideo, CameraWriterOptions } from "../../src/video/camera-options.js";
import { CameraWriter } from "../../src/video/camera-writer.js";
import type { ImageMessage } from "../../src/video/image-message.js";

/** A `[video]` table with its defaults filled in, as the config gives it; one thread by default. */
export function videoSettings(table: Readonly<Record<string, unknown>> = {}): VideoSettings {
  return VideoSettings.parse({ threads: 1, ...table });
}

/** A new directory, removed when the scope ends. */
export async function temporaryDirectory(): Promise<
  AsyncDisposable & { readonly path: string; file(name: string): string }
> {
  const path = await mkdtemp(join(tmpdir(), "roboflow-video-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export function cameraOptions(
  path: string,
  options: Partial<CameraWriterOptions> = {},
): CameraWriterOptions {
  return {
    path,
    fps: 30,
    video: videoSettings(),
    sampled: () => true,
    feature: "observation.images.top",
    topic: "/top",
    ...options,
  };
}

/** Writes each image once. */
export async function writeVideo(
  path: string,
  images: readonly ImageMessage[],
  options: Partial<CameraWriterOptions> = {},
): Promise<CameraVideo> {
  await using writer = await CameraWriter.open(cameraOptions(path, options));
  for (const image of images) await writer.write(image, 1);
  return await writer.finish();
}
