import type { CameraVideo, CameraWriterOptions } from "./camera-options.js";
import type { ImageMessage } from "./image-message.js";

/** Decodes image messages and encodes them into one constant-rate mp4. */
export interface CameraWriter extends AsyncDisposable {
  /** Appends `repeat` frames (at least 1) that show this image. */
  write(image: ImageMessage, repeat: number): Promise<void>;
  /** Flushes, checks and closes the file. */
  finish(): Promise<CameraVideo>;
}

export type OpenCameraWriter = (options: CameraWriterOptions) => Promise<CameraWriter>;
