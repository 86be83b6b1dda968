import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@roboflow/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DistributedError } from "../error.js";
import { MemoryStore } from "../store/memory-store.js";
import { TikvClient } from "../tikv-client.js";
import { ConfigCache } from "./config-cache.js";
import { computeHash, type ConfigRecord } from "./config-record.js";
import { createLerobotConfig } from "./create-lerobot-config.js";

const toml = (name: string): string => `[dataset]
name = "${name}"
fps = 30

[[mappings]]
topic = "/joint_states"
feature = "observation.state"
`;

/** Counts reads, and fails as told. */
class CountingClient extends TikvClient {
  reads = 0;
  failure: Error | undefined;

  override async getConfig(hash: string): Promise<ConfigRecord> {
    this.reads += 1;
    if (this.failure !== undefined) throw this.failure;
    return super.getConfig(hash);
  }
}

let client: CountingClient;
let cache: ConfigCache;
beforeEach(() => {
  client = new CountingClient(new MemoryStore());
  cache = new ConfigCache();
});
afterEach(() => client.close());

describe("createLerobotConfig", () => {
  it("asks the store once a hash, in whatever case it is written", async () => {
    const { hash } = await client.putConfig(toml("pick"));
    const config = await createLerobotConfig(hash, { client, cache });
    expect(config.dataset.name).toBe("pick");
    expect(config.hash).toBe(hash);
    expect(await createLerobotConfig(hash.toUpperCase(), { client, cache })).toBe(config);
    expect(client.reads).toBe(1);
  });

  it("shares one read among those who ask at once", async () => {
    const { hash } = await client.putConfig(toml("pick"));
    const configs = await Promise.all(
      Array.from({ length: 10 }, () => createLerobotConfig(hash, { client, cache })),
    );
    expect(client.reads).toBe(1);
    expect(new Set(configs).size).toBe(1);
  });

  it("keeps as many as it is told", async () => {
    cache = new ConfigCache({ max: 1 });
    const [a, b] = [await client.putConfig(toml("a")), await client.putConfig(toml("b"))];
    for (const { hash } of [a, a, b, a]) await createLerobotConfig(hash, { client, cache });
    expect(client.reads).toBe(3);
  });

  it("gives each its config even when they push each other out", async () => {
    cache = new ConfigCache({ max: 1 });
    const hashes: string[] = [];
    for (const name of ["a", "b", "c"]) hashes.push((await client.putConfig(toml(name))).hash);
    const configs = await Promise.all(
      hashes.map((hash) => createLerobotConfig(hash, { client, cache })),
    );
    expect(configs.map(({ dataset }) => dataset.name)).toEqual(["a", "b", "c"]);
  });

  it("does not keep a miss", async () => {
    const content = toml("late");
    const hash = computeHash(content);
    await expect(createLerobotConfig(hash, { client, cache })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
      permanence: "permanent",
      message: expect.stringContaining(hash),
    });
    await client.putConfig(content);
    expect((await createLerobotConfig(hash, { client, cache })).dataset.name).toBe("late");
  });

  it("hands on that the store is unreachable, and recovers with it", async () => {
    const { hash } = await client.putConfig(toml("pick"));
    client.failure = new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "away", {
      permanence: "transient",
    });
    await expect(createLerobotConfig(hash, { client, cache })).rejects.toBe(client.failure);
    client.failure = undefined;
    expect((await createLerobotConfig(hash, { client, cache })).hash).toBe(hash);
  });

  it("fails permanently for a stored config that does not parse, without its contents", async () => {
    const { hash } = await client.putConfig('[dataset]\nname = "secret"\nfps = "secret"\n');
    const error: unknown = await createLerobotConfig(hash, { client, cache }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_INVALID",
      permanence: "permanent",
      message: `The config ${hash} does not parse with this version of roboflow`,
    });
    expect(String(error)).not.toContain("secret");
  });

  it.each(["", "  "])("has no default for %j", async (reference) => {
    await expect(createLerobotConfig(reference, { client, cache })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
      permanence: "permanent",
      message: "The job names no config",
    });
    expect(client.reads).toBe(0);
  });

  describe("with a local path", () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "roboflow-local-"));
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));

    it("reads the file and warns", async () => {
      const path = join(directory, "robot.toml");
      await writeFile(path, toml("local"));
      const warnings: unknown[] = [];
      const logger = {
        ...silentLogger,
        warn: (message: string, fields?: unknown) => warnings.push([message, fields]),
      };
      const config = await createLerobotConfig(path, { client, cache, logger });
      expect(config.dataset.name).toBe("local");
      expect(warnings).toEqual([
        [expect.stringContaining("Configs by local path are deprecated"), { path }],
      ]);
    });

    it("takes 63 or 65 hex digits for a path", async () => {
      for (const length of [63, 65]) {
        const path = "a".repeat(length);
        await expect(createLerobotConfig(path, { client, cache })).rejects.toMatchObject({
          code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
          permanence: "permanent",
        });
      }
    });
  });
});
