import { open } from "node:fs/promises";
import { DatasetError } from "../error.js";
import { TOML_LIMITS, tooLarge } from "./toml-source.js";

const KINDS = {
  config: {
    invalid: "ERR_ROBOFLOW_CONFIG_INVALID",
    hint: "Give the path of the config, or make one with `roboflow init`.",
  },
  annotation: {
    invalid: "ERR_ROBOFLOW_ANNOTATION_INVALID",
    hint: "The config's `annotation_file` is relative to the config's directory.",
  },
} as const;
type Kind = keyof typeof KINDS;

/**
 * The bytes of a local config or annotation file. Reads no more than the size limit, whatever the path is.
 *
 * @throws DatasetError `ERR_ROBOFLOW_CONFIG_NOT_FOUND`, or `..._INVALID` if too large
 */
export async function readConfigFile(path: string, kind: Kind): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const buffer = Buffer.alloc(TOML_LIMITS.bytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    throw tooLarge({ name: path, code: KINDS[kind].invalid }, Math.max(size, length));
  } catch (error) {
    throw error instanceof DatasetError ? error : unreadable(path, kind, error);
  }
}

function unreadable(path: string, kind: Kind, cause: unknown): DatasetError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    ENOTDIR: "there is no such file",
    EISDIR: "is a directory, not a file",
    EACCES: "permission to read it is denied",
  };
  return new DatasetError(
    "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
    `${path}: ${reasons[code] ?? `can't be read (${code})`}`,
    { cause, hint: KINDS[kind].hint },
  );
}
