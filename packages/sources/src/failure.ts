import { toPath } from "@roboflow/storage";
import { SourceError, type SourceErrorCode } from "./error.js";

/** How messages name a recording: the path of a local file, else the URL. */
export function nameOf(url: string): string {
  return url.startsWith("file:") ? toPath(url) : url;
}

/** A recording whose bytes are wrong at `where`, e.g. `chunk 9 at byte 123`. */
export function corrupt(url: string, where: string, problem: string, cause?: unknown): SourceError {
  return new SourceError("ERR_ROBOFLOW_SOURCE_CORRUPT", `${nameOf(url)}: ${where} ${problem}`, {
    cause,
    hint: "With salvage (--salvage), what lies before the damage is used.",
  });
}

/** A recording that is well formed, but needs what this version can't do. */
export function unsupported(
  code: Extract<
    SourceErrorCode,
    "ERR_ROBOFLOW_SOURCE_UNSUPPORTED" | "ERR_ROBOFLOW_SOURCE_UNKNOWN_FORMAT"
  >,
  url: string,
  problem: string,
  hint?: string,
): SourceError {
  return new SourceError(code, `${nameOf(url)}: ${problem}`, hint === undefined ? {} : { hint });
}
