import type { Logger } from "@roboflow/core";
import { LRUCache } from "lru-cache";
import { ConfigCache } from "../config/config-cache.js";
import { createLerobotConfig } from "../config/create-lerobot-config.js";
import type { TikvClient } from "../tikv-client.js";
import type { ConfigSource, HashedContent } from "./config-source.js";

export interface StoreConfigsOptions {
  /** Parsed configs and annotation files kept of each; 64 by default. */
  readonly cacheSize?: number;
  readonly logger?: Logger;
}

/** Configs and annotation files from the store, each asked for once a worker and hash. */
export function storeConfigs(client: TikvClient, options: StoreConfigsOptions = {}): ConfigSource {
  const { cacheSize = 64, logger } = options;
  const cache = new ConfigCache({ max: cacheSize });
  const annotations = new LRUCache<string, HashedContent>({
    max: cacheSize,
    fetchMethod: async (hash) => {
      const { content } = await client.getAnnotation(hash);
      return { hash, content };
    },
    ignoreFetchAbort: true,
  });
  return {
    async config(hash) {
      const config = await createLerobotConfig(hash, {
        client,
        cache,
        ...(logger === undefined ? {} : { logger }),
      });
      return { hash: config.hash, content: config.content };
    },
    annotation: (hash) => annotations.forceFetch(hash),
  };
}
