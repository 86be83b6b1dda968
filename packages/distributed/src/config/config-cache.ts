import { LerobotConfig } from "@roboflow/dataset";
import { LRUCache } from "lru-cache";
import { DistributedError } from "../error.js";
import type { TikvClient } from "../tikv-client.js";

export interface ConfigCacheOptions {
  /** Parsed configs kept; 64 by default. */
  readonly max?: number;
}

/**
 * Parsed configs by hash, the least recently used dropped first. Those who ask for a config that
 * is being read share that one read. A failure is not kept: the next to ask reads again.
 */
export class ConfigCache {
  readonly #configs: LRUCache<string, LerobotConfig, TikvClient>;

  constructor({ max = 64 }: ConfigCacheOptions = {}) {
    this.#configs = new LRUCache<string, LerobotConfig, TikvClient>({
      max,
      fetchMethod: (hash, _stale, { context }) => readConfig(hash, context),
      // Those who wait for a read get its config even if others have pushed it out meanwhile.
      ignoreFetchAbort: true,
    });
  }

  /**
   * @param hash 64 hex digits in either case
   * @throws DistributedError as `TikvClient.getConfig`, and permanent
   * `ERR_ROBOFLOW_CONFIG_INVALID` if the config does not parse
   */
  async get(hash: string, client: TikvClient): Promise<LerobotConfig> {
    return this.#configs.forceFetch(hash.toLowerCase(), { context: client });
  }
}

async function readConfig(hash: string, client: TikvClient): Promise<LerobotConfig> {
  const { content } = await client.getConfig(hash);
  try {
    return LerobotConfig.fromToml(content, { file: `config ${hash}` });
  } catch (cause) {
    throw new DistributedError(
      "ERR_ROBOFLOW_CONFIG_INVALID",
      // The parser's own message may quote values; it stays in the cause.
      `The config ${hash} does not parse with this version of roboflow`,
      {
        cause,
        hint: "Check it with `roboflow configs get` and `configs validate`, then submit again.",
      },
    );
  }
}
