import type * as Constants from "node-av/constants";
import type * as Lib from "node-av/lib";

/** FFmpeg's libraries, loaded on first use: the native module is large and most callers need none. */
export interface Libav {
  readonly lib: typeof Lib;
  readonly constants: typeof Constants;
}

let loading: Promise<Libav> | undefined;

export function loadLibav(): Promise<Libav> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Libav> {
  const [lib, constants] = await Promise.all([import("node-av/lib"), import("node-av/constants")]);
  // FFmpeg logs to stderr by default. What goes wrong is told by return codes.
  lib.Log.setLevel(constants.AV_LOG_QUIET);
  return { lib, constants };
}

/** FFmpeg's own words for a negative return code, to be the `cause` of an error. */
export function libavError({ lib }: Libav, code: number, operation: string): Error {
  return new Error(`${operation}: ${lib.FFmpegError.strerror(code)} (${code})`);
}

export function isDiskFull({ lib }: Libav, code: number): boolean {
  return code === lib.FFmpegError.AVERROR(lib.PosixError.ENOSPC);
}

/** "Nothing to give yet": the codec wants more input, or its end. */
export function isDrained({ lib, constants }: Libav, code: number): boolean {
  return code === lib.FFmpegError.AVERROR(lib.PosixError.EAGAIN) || code === constants.AVERROR_EOF;
}
