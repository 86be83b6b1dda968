import type { NewJob } from "@roboflow/distributed";
import { toUrl } from "@roboflow/storage";
import { resolve } from "node:path";
import { CliError } from "../error.js";
import { findRecordings, type FindOptions } from "./find-recordings.js";
import { refuseLocalPath, type Reach } from "./shared-path.js";
import { statSources, type NamedSource } from "./stat-sources.js";
import { readSubmissionManifest } from "./submission-manifest.js";

/** What `submit` takes of its jobs. */
export interface JobFlags {
  readonly manifest?: string;
  readonly task?: string;
  readonly priority?: number;
  /** Milliseconds since the epoch. */
  readonly runAt?: number;
  readonly maxAttempts?: number;
  readonly strict?: boolean;
  readonly salvage?: boolean;
}

interface Wish {
  readonly task: string | undefined;
  readonly ordinal: number | undefined;
  readonly priority: number | undefined;
}

/**
 * One job for each recording that is named, then for each that the manifest lists, as each of them
 * is now. Reads the manifest as it goes.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_USAGE`, `ERR_ROBOFLOW_CLI_NO_INPUT`; the latter at the end
 */
export async function* planJobs(
  files: readonly string[],
  flags: JobFlags,
  options: FindOptions & Reach,
): AsyncGenerator<NewJob> {
  const planned = plannedSources(files, flags, options);
  let count = 0;
  for await (const { source, of } of statSources(options.storage, planned, options.signal)) {
    count += 1;
    const priority = of.priority ?? flags.priority;
    yield {
      source,
      task: of.task ?? flags.task ?? null,
      ...(of.ordinal === undefined ? {} : { ordinal: of.ordinal }),
      ...(priority === undefined ? {} : { priority }),
      ...(flags.runAt === undefined ? {} : { notBefore: flags.runAt }),
      ...(flags.maxAttempts === undefined ? {} : { maxAttempts: flags.maxAttempts }),
      options: { strict: flags.strict ?? false, salvage: flags.salvage ?? false },
    };
  }
  if (count > 0) return;
  throw new CliError("ERR_ROBOFLOW_CLI_USAGE", "no recordings given", {
    hint: "name files or patterns, or use --manifest",
  });
}

async function* plannedSources(
  files: readonly string[],
  { manifest }: JobFlags,
  options: FindOptions & Reach,
): AsyncGenerator<NamedSource<Wish>> {
  const urlOf = (source: string): string => {
    const url = toUrl(source, options.cwd);
    refuseLocalPath(url, "recording", options);
    return url;
  };
  for (const { source, known } of await findRecordings(files, options)) {
    yield {
      url: urlOf(source),
      ...(known === undefined ? {} : { known }),
      of: { task: undefined, ordinal: undefined, priority: undefined },
    };
  }
  if (manifest === undefined) return;
  for await (const { source, ...wish } of readSubmissionManifest(resolve(options.cwd, manifest))) {
    yield { url: urlOf(source), of: wish };
  }
}
