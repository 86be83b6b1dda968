import type { Logger } from "@roboflow/core";
import { openRecording, type Recording } from "@roboflow/sources";
import { createStorage, toUrl, type ReadableObject } from "@roboflow/storage";

export interface RecordingFlags {
  readonly strict?: boolean;
  readonly salvage?: boolean;
}

/** Opens a recording by path or URL, and closes it and its file when `use` is done. */
export async function withRecording<T>(
  pathOrUrl: string,
  flags: RecordingFlags,
  options: { readonly cwd: string; readonly signal: AbortSignal; readonly logger: Logger },
  use: (recording: Recording, file: ReadableObject) => Promise<T>,
): Promise<T> {
  const { cwd, signal, logger } = options;
  await using storage = createStorage({ logger });
  await using file = await storage.open(toUrl(pathOrUrl, cwd), { signal });
  await using recording = await openRecording(file, {
    strict: flags.strict ?? false,
    salvage: flags.salvage ?? false,
    logger,
    signal,
  });
  // Awaited here: both are closed when this function returns.
  return await use(recording, file);
}
