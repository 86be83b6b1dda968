import { silentLogger, type Logger } from "@roboflow/core";
import {
  isLocalUrl,
  joinUrl,
  StorageError,
  type CallOptions,
  type ObjectStat,
  type Storage,
} from "@roboflow/storage";
import { DatasetError } from "../error.js";
import { relativePath } from "../files/relative-path.js";
import { DATASET_DIRECTORIES } from "./marker.js";
import { checkClaim, claimOutput, lost, type OutputClaim } from "./output-marker.js";
import { stagedFiles, type StagedFile } from "./staged-files.js";

/** Written last and removed first: a dataset without it does not load. */
const INFO_PATH = "meta/info.json";
/** Files that an object store copies at the same time. */
const AT_ONCE = 4;
/** Tries to replace a file that others change. */
const MOST_TRIES = 5;

export interface PublishOptions {
  readonly storage: Storage;
  /** Directory of the built dataset, in the same storage as the output. Removed when done. */
  readonly stagingUrl: string;
  /** Directory that becomes the dataset. */
  readonly outputUrl: string;
  readonly marker: OutputClaim;
  /** Asked before each step that others can see. */
  stillLeader(): Promise<boolean>;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/**
 * Moves a built dataset into place, whole file by whole file, and removes what an earlier generation
 * left. Readers see the old dataset, none, or the new one. After a crash at any step, running it
 * again, on the same staging or on one built anew, ends in the same tree.
 *
 * A publisher that was overtaken (a later generation, or a later leader) and does not know yet can
 * replace or remove no file that its successor wrote: each is changed only if it still is what was
 * there when this publisher took the output.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_OUTPUT` if the output holds anything else;
 *   `ERR_ROBOFLOW_DATASET_PUBLISH_LOST` (transient) once `stillLeader` says no, or it was overtaken
 */
export async function publishDataset(options: PublishOptions): Promise<void> {
  const { storage, stagingUrl, outputUrl, marker, signal, logger = silentLogger } = options;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const files = await stagedFiles(storage, stagingUrl, call);
  const step: Step = async (act) => {
    signal?.throwIfAborted();
    if (!(await options.stillLeader())) throw lost(outputUrl);
    return act();
  };

  await step(() => claimOutput(storage, outputUrl, marker, call));
  await removeSuperseded(options, step, call);
  const info = files.find(({ path }) => path === INFO_PATH);
  if (info === undefined) {
    // Staging is removed last of all: if it is gone, nothing is left to do.
    const isDone =
      files.length === 0 && (await storage.exists(joinUrl(outputUrl, INFO_PATH), call));
    if (isDone) return;
    throw incomplete(stagingUrl, INFO_PATH);
  }
  if (await storage.exists(joinUrl(stagingUrl, INFO_PATH), call)) {
    const found = await outputFiles(options, call);
    // Only what was found while the output was this publisher's may be taken for a predecessor's.
    await checkClaim(storage, outputUrl, marker, call);
    const output = new OutputDirectory(options, call, step, found);
    await output.remove(joinUrl(outputUrl, INFO_PATH));
    const others = files.filter((file) => file !== info);
    const atOnce = isLocalUrl(outputUrl) ? 1 : AT_ONCE;
    for (let at = 0; at < others.length; at += atOnce)
      await allDone(others.slice(at, at + atOnce).map((file) => output.move(file)));
    await checkMoved(options, others, call);
    const wanted = new Set(files.map(({ path }) => joinUrl(outputUrl, path)));
    const left = await outputFiles(options, call);
    await checkClaim(storage, outputUrl, marker, call);
    for (const [url, identity] of left) {
      if (wanted.has(url)) continue;
      await output.remove(url, identity);
      logger.debug("removed a file of an earlier generation", { url });
    }
    await output.move(info);
  }
  await checkMoved(options, files, call);
  // Begun by publishers that died, or by requests whose answer was lost: nobody would end them.
  for (const directory of DATASET_DIRECTORIES)
    await step(() => storage.dropUploads(joinUrl(outputUrl, `${directory}/`), call));
  await step(() => storage.removeTree(stagingUrl, call));
  logger.debug("published", { output: outputUrl, files: files.length });
}

type Step = <T>(act: () => Promise<T>) => Promise<T>;

/** The output's files, changed only while they are what this publisher knows of them. */
class OutputDirectory {
  readonly #options: PublishOptions;
  readonly #call: CallOptions;
  readonly #step: Step;
  /** By URL. */
  readonly #identities: Map<string, string>;

  constructor(
    options: PublishOptions,
    call: CallOptions,
    step: Step,
    identities: Map<string, string>,
  ) {
    this.#options = options;
    this.#call = call;
    this.#step = step;
    this.#identities = identities;
  }

  /** Puts a staged file into its place, unless that was done before a crash. */
  async move({ path }: StagedFile): Promise<void> {
    const { storage, stagingUrl, outputUrl } = this.#options;
    const from = joinUrl(stagingUrl, path);
    const to = joinUrl(outputUrl, path);
    if (!(await storage.exists(from, this.#call))) return;
    await this.#change(to, async (identity) => {
      try {
        return await storage.moveIf(from, to, identity ?? null, this.#call);
      } catch (error) {
        if (isNotFound(error)) throw incomplete(stagingUrl, path, error);
        throw error;
      }
    });
  }

  /** `found` is its identity by a later look than this publisher's first. */
  async remove(url: string, found?: string): Promise<void> {
    const { storage } = this.#options;
    if (found !== undefined) this.#identities.set(url, found);
    await this.#change(url, async (identity) =>
      identity === undefined ? true : storage.removeIf(url, identity, this.#call),
    );
  }

  /** `act` answers false if the file is not what it was told. */
  async #change(
    url: string,
    act: (identity: string | undefined) => Promise<boolean>,
  ): Promise<void> {
    const { storage, outputUrl, marker } = this.#options;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const identity = this.#identities.get(url);
      if (await this.#step(() => act(identity))) {
        this.#identities.delete(url);
        return;
      }
      // By a successor; or, for the last time, by a predecessor.
      await checkClaim(storage, outputUrl, marker, this.#call);
      const now = await statIfThere(storage, url, this.#call);
      if (now === undefined) this.#identities.delete(url);
      else this.#identities.set(url, now.identity);
    }
    throw lost(outputUrl);
  }
}

/** What earlier leaders of this batch built and did not publish: once it is gone, they can't go on. */
async function removeSuperseded(
  { storage, stagingUrl, marker: { token } }: PublishOptions,
  step: Step,
  call: CallOptions,
): Promise<void> {
  const [, parent, own] = /^(.*\/)([^/]+)\/?$/.exec(stagingUrl) ?? [];
  if (parent === undefined || own !== String(token)) return;
  const earlier = new Set<string>();
  for await (const { url } of storage.list(parent, call)) {
    const [name = ""] = relativePath(parent, url).split("/");
    if (/^\d+$/.test(name) && Number(name) < Number(own)) earlier.add(name);
  }
  for (const name of earlier)
    await step(() => storage.removeTree(joinUrl(parent, `${name}/`), call));
}

/** All files of the output's dataset directories: identity by URL. */
async function outputFiles(
  { storage, outputUrl }: PublishOptions,
  call: CallOptions,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const directory of DATASET_DIRECTORIES) {
    for await (const { url, identity } of storage.list(joinUrl(outputUrl, `${directory}/`), call))
      files.set(url, identity);
  }
  return files;
}

async function statIfThere(
  storage: Storage,
  url: string,
  call: CallOptions,
): Promise<ObjectStat | undefined> {
  try {
    return await storage.stat(url, call);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What was moved before a crash is not in staging any more, so it must be in the output. */
async function checkMoved(
  { storage, stagingUrl, outputUrl }: PublishOptions,
  files: readonly StagedFile[],
  call: CallOptions,
): Promise<void> {
  for (const { path, size } of files) {
    const found = await statIfThere(storage, joinUrl(outputUrl, path), call);
    if (found?.size !== size) throw incomplete(stagingUrl, path);
  }
}

/** Waits for all, then throws what the first of them threw. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work))
    if (result.status === "rejected") throw result.reason;
}

function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND";
}

function incomplete(stagingUrl: string, path: string, cause?: unknown): DatasetError {
  return new DatasetError(
    "ERR_ROBOFLOW_DATASET_INVALID",
    `${stagingUrl}: ${path} is neither there nor published; the dataset must be assembled again`,
    { permanence: "transient", cause },
  );
}
