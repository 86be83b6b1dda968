import type { SourceRef } from "@roboflow/distributed";
import { StorageError, type Storage } from "@roboflow/storage";
import { CliError } from "../error.js";

const AT_ONCE = 32;

/**
 * What each recording is now, in the order of `urls`: a job whose source differs later fails.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_NO_INPUT`, listing every URL that can't be had
 */
export async function statSources(
  storage: Storage,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<SourceRef[]> {
  const sources: SourceRef[] = [];
  const problems: string[] = [];
  for (let from = 0; from < urls.length; from += AT_ONCE) {
    const chunk = urls.slice(from, from + AT_ONCE);
    const results = await Promise.allSettled(chunk.map((url) => storage.stat(url, { signal })));
    for (const result of results) {
      if (result.status === "fulfilled") {
        const { url, size, identity } = result.value;
        sources.push({ url, size, identity });
      } else if (result.reason instanceof StorageError) {
        problems.push(result.reason.message);
      } else {
        throw result.reason;
      }
    }
  }
  if (problems.length > 0) throw new CliError("ERR_ROBOFLOW_CLI_NO_INPUT", problems.join("; "));
  return sources;
}
