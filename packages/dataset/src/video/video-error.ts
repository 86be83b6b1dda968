import { DatasetError } from "../error.js";
import { isDiskFull, libavError, type Libav } from "./libav.js";

/** An error of kind `ERR_ROBOFLOW_DATASET_VIDEO` for a negative return code of FFmpeg. */
export function videoError(
  libav: Libav,
  code: number,
  what: string,
  options: { hint?: string } = {},
): DatasetError {
  const cause = libavError(libav, code, what);
  if (isDiskFull(libav, code)) {
    return new DatasetError("ERR_ROBOFLOW_DATASET_VIDEO", `${what} failed: the disk is full`, {
      cause,
      permanence: "transient",
      hint: "Free some space, or point the output and the temporary directory elsewhere.",
    });
  }
  const reason = libav.lib.FFmpegError.strerror(code);
  return new DatasetError("ERR_ROBOFLOW_DATASET_VIDEO", `${what} failed: ${reason}`, {
    cause,
    ...options,
  });
}

/** A video whose content is not what the format allows. */
export function invalidVideo(path: string, problem: string): DatasetError {
  return new DatasetError("ERR_ROBOFLOW_DATASET_VIDEO", `${path}: ${problem}`);
}
