import type { SourceRef } from "@roboflow/distributed";
import { StorageError, type Storage } from "@roboflow/storage";
import { CliError } from "../error.js";

const AT_ONCE = 32;
/** More would not be read. */
const PROBLEMS_NAMED = 10;

/** A recording by URL, and what goes with it. */
export interface NamedSource<T> {
  readonly url: string;
  /** What a listing told of it already. */
  readonly known?: SourceRef;
  readonly of: T;
}

/**
 * What each recording is now, in the order given: a job whose source differs later fails. Some are
 * asked for at once, and no more are held.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_NO_INPUT` at the end, naming the first URLs that can't be had;
 *   a StorageError that says nothing about one recording, such as missing credentials, at once
 */
export async function* statSources<T>(
  storage: Storage,
  sources: AsyncIterable<NamedSource<T>> | Iterable<NamedSource<T>>,
  signal: AbortSignal,
): AsyncGenerator<{ readonly source: SourceRef; readonly of: T }> {
  const problems: string[] = [];
  let failed = 0;
  for await (const chunk of chunks(sources)) {
    const results = await Promise.allSettled(
      chunk.map(async ({ url, known }) => known ?? (await storage.stat(url, { signal }))),
    );
    for (const [index, result] of results.entries()) {
      const named = chunk[index];
      if (named === undefined) continue;
      if (result.status === "rejected") {
        if (!isAboutOne(result.reason)) throw result.reason;
        failed += 1;
        if (problems.length < PROBLEMS_NAMED) problems.push(result.reason.message);
      } else if (failed === 0) {
        const { url, size, identity } = result.value;
        yield { source: { url, size, identity }, of: named.of };
      }
    }
  }
  if (failed === 0) return;
  const more = failed > problems.length ? `; and ${failed - problems.length} more` : "";
  throw new CliError("ERR_ROBOFLOW_CLI_NO_INPUT", `${problems.join("; ")}${more}`);
}

/** Others of the list may be had, so all that can't be is told at once. */
function isAboutOne(error: unknown): error is StorageError {
  return (
    error instanceof StorageError && !/_STORAGE_(BUCKET|CREDENTIALS|UNAVAILABLE)$/.test(error.code)
  );
}

/** The same for one recording. */
export async function statSource(
  storage: Storage,
  url: string,
  signal: AbortSignal,
): Promise<SourceRef> {
  for await (const { source } of statSources(storage, [{ url, of: undefined }], signal)) {
    return source;
  }
  throw new CliError("ERR_ROBOFLOW_CLI_NO_INPUT", `no such recording: ${url}`);
}

async function* chunks<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < AT_ONCE) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
