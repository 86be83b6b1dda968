import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DistributedError } from "../error.js";
import { parseStoreUrl } from "./open-store.js";
import { tikvEndpoints as readEndpoints, tikvUrl } from "./tikv-url.js";

export interface FindStoreOptions {
  /** The value of `--store`. */
  readonly flag?: string | undefined;
  /** The value of `--tikv-endpoints`: another way to say `--store tikv://…`. */
  readonly tikvEndpoints?: string | undefined;
  /** Usually `process.env`; an empty variable counts as none. */
  readonly env?: {
    readonly ROBOFLOW_STORE?: string | undefined;
    readonly TIKV_PD_ENDPOINTS?: string | undefined;
  };
  /** Absolute; where relative paths and the search start. The working directory by default. */
  readonly cwd?: string;
}

export interface StoreChoice {
  /** For `openStore`; paths in it are absolute. */
  readonly url: string;
  /** Why this one: for a person to read, e.g. `from --store`. */
  readonly origin: StoreOrigin;
}

/** `found`: an existing `.roboflow/store` here or above; `new`: none, so one is made here. */
export type StoreOrigin =
  | "flag"
  | "endpoints-flag"
  | "environment"
  | "endpoints-environment"
  | "found"
  | "new";

const DEFAULT_DIRECTORY = join(".roboflow", "store");

/**
 * Which store a command uses: `--store` or `--tikv-endpoints`, else `ROBOFLOW_STORE`, else
 * `TIKV_PD_ENDPOINTS`, else `.roboflow/store` in the working directory or the nearest directory
 * above that has one, else a new one here. Opens and creates nothing.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_URL`
 */
export async function findStore({
  flag,
  tikvEndpoints,
  env = process.env,
  cwd = process.cwd(),
}: FindStoreOptions = {}): Promise<StoreChoice> {
  if (flag !== undefined && tikvEndpoints !== undefined) {
    throw new DistributedError(
      "ERR_ROBOFLOW_STORE_URL",
      "--store and --tikv-endpoints both name a store",
      { hint: "Give one of them." },
    );
  }
  if (flag !== undefined) return { url: absoluteUrl(flag, cwd), origin: "flag" };
  if (tikvEndpoints !== undefined) {
    return { url: tikvUrl(readEndpoints(tikvEndpoints)), origin: "endpoints-flag" };
  }
  const fromEnvironment = env.ROBOFLOW_STORE ?? "";
  if (fromEnvironment !== "") {
    return { url: absoluteUrl(fromEnvironment, cwd), origin: "environment" };
  }
  const endpoints = env.TIKV_PD_ENDPOINTS ?? "";
  if (endpoints !== "") {
    return { url: tikvUrl(readEndpoints(endpoints)), origin: "endpoints-environment" };
  }
  for (let directory = cwd; ; directory = dirname(directory)) {
    const path = join(directory, DEFAULT_DIRECTORY);
    if (await isDirectory(path)) return { url: `lmdb:${path}`, origin: "found" };
    if (directory === dirname(directory)) break;
  }
  return { url: `lmdb:${join(cwd, DEFAULT_DIRECTORY)}`, origin: "new" };
}

const ORIGINS: Readonly<Record<StoreOrigin, string>> = {
  flag: "from --store",
  "endpoints-flag": "from --tikv-endpoints",
  environment: "from ROBOFLOW_STORE",
  "endpoints-environment": "from TIKV_PD_ENDPOINTS",
  found: "found from the working directory upward",
  new: "new; none was found from the working directory upward",
};

/** One line for a person, e.g. `lmdb:/data/.roboflow/store (from --store)`. */
export function describeStoreChoice({ url, origin }: StoreChoice): string {
  return `${url} (${ORIGINS[origin]})`;
}

function absoluteUrl(url: string, cwd: string): string {
  const location = parseStoreUrl(url, cwd);
  switch (location.kind) {
    case "lmdb":
      return `lmdb:${location.path}`;
    case "tikv":
      return tikvUrl(location.endpoints);
    case "memory":
      return url;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Absent or out of reach; the search goes on above.
    return false;
  }
}
