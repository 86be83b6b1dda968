import { silentLogger, type Logger } from "@roboflow/core";
import { LerobotConfig } from "@roboflow/dataset";
import { DistributedError } from "../error.js";
import type { TikvClient } from "../tikv-client.js";
import type { ConfigCache } from "./config-cache.js";
import { isConfigHash } from "./config-record.js";

export interface CreateLerobotConfigOptions {
  readonly client: TikvClient;
  readonly cache: ConfigCache;
  readonly logger?: Logger;
}

/**
 * The config that a job names: by hash (64 hex digits in either case) from the cache or the
 * store, otherwise from a local path, which is deprecated. There is no default.
 *
 * @throws DistributedError permanent: `ERR_ROBOFLOW_CONFIG_MISSING`,
 * `ERR_ROBOFLOW_CONFIG_CORRUPT`, `ERR_ROBOFLOW_CONFIG_INVALID`, each naming the hash; transient:
 * `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_STORE_UNAVAILABLE`
 * @throws DatasetError as `LerobotConfig.fromFile`, for a local path
 */
export async function createLerobotConfig(
  configHash: string,
  { client, cache, logger = silentLogger }: CreateLerobotConfigOptions,
): Promise<LerobotConfig> {
  if (configHash.trim() === "") {
    throw new DistributedError("ERR_ROBOFLOW_CONFIG_MISSING", "The job names no config", {
      hint: "Submit again with --config.",
    });
  }
  if (isConfigHash(configHash)) return cache.get(configHash, client);
  logger.warn(
    "Configs by local path are deprecated: another machine can't read them. Submit stores them by content.",
    { path: configHash },
  );
  return LerobotConfig.fromFile(configHash);
}
