import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { memoryRig, recordings, type MemoryRig } from "../../test/queue/queue-rig.js";
import { ConfigKeys } from "../keys/keys.js";
import { TikvClient } from "../tikv-client.js";
import { pruneConfigs, type PruneConfigsOptions, type PrunedContent } from "./prune-configs.js";

const GRACE = 3_600_000;

interface Rig extends MemoryRig {
  readonly client: TikvClient;
  prune(options?: Partial<PruneConfigsOptions>): Promise<PrunedContent[]>;
}

async function rig(): Promise<Rig> {
  const memory = await memoryRig();
  const { store } = memory;
  return {
    ...memory,
    client: new TikvClient(store),
    prune: (options = {}) => pruneConfigs(store, { graceMs: GRACE, actor: "grace", ...options }),
  };
}

describe("pruneConfigs", () => {
  it("removes what no batch refers to, one grace time after it was stored", async () => {
    const { client, clock, queue, configHash, prune } = await rig();
    const { hash } = await client.putAnnotation("annotation");
    clock.advance(GRACE - 1);
    expect(await prune()).toEqual([]);
    clock.advance(1);
    const all = [
      { kind: "config", hash: configHash },
      { kind: "annotation", hash },
    ];
    expect(await prune({ dryRun: true })).toEqual(all);
    expect((await client.getConfig(configHash)).hash).toBe(configHash);
    expect(await prune()).toEqual(all);
    await expect(client.getConfig(configHash)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_MISSING",
    });
    expect(await prune()).toEqual([]);
    const { entries } = await queue.audit({ action: "prune", actor: "grace" });
    expect(entries.map(({ subject }) => subject.id).toSorted()).toEqual(
      [configHash, hash].toSorted(),
    );
  });

  it("counts the grace from when the last batch let go of it", async () => {
    const { queue, clock, configHash, request, prune } = await rig();
    const { jobs } = await queue.submit(request(recordings(1)));
    const jobId = jobs[0]?.jobId ?? "";
    clock.advance(10 * GRACE);
    await queue.cancelJob(jobId, "ada");
    expect(await prune()).toEqual([]);
    await queue.deleteJob(jobId, "ada");
    clock.advance(GRACE - 1);
    expect(await prune()).toEqual([]);
    clock.advance(1);
    expect(await prune()).toEqual([{ kind: "config", hash: configHash }]);
  });

  it("counts it from when somebody stored the same content again, to submit with it", async () => {
    const { client, clock, configHash, request, queue, prune } = await rig();
    clock.advance(GRACE);
    const { content } = await client.getConfig(configHash);
    await client.putConfig(content);
    expect(await prune()).toEqual([]);
    expect((await queue.submit(request(recordings(1)))).jobs).toHaveLength(1);
  });

  it("leaves what is submitted with, or stored, at the moment it decides", async () => {
    const { client, clock, configHash, request, queue, store } = await rig();
    clock.advance(GRACE);
    const { content } = await client.getConfig(configHash);
    const options = { graceMs: GRACE, actor: "grace" };
    const stored = new BeforeCommit(store, () => client.putConfig(content));
    expect(await pruneConfigs(stored, options)).toEqual([]);
    clock.advance(GRACE);
    const submitted = new BeforeCommit(store, () => queue.submit(request(recordings(1))));
    expect(await pruneConfigs(submitted, options)).toEqual([]);
    expect((await client.getConfig(configHash)).hash).toBe(configHash);
  });

  it("leaves what it can't read, and asks for an admin where some are named", async () => {
    const { store, clock, prune } = await rig();
    const key = ConfigKeys.config("a".repeat(64));
    await store.transact(async (tx) => tx.put(key, new TextEncoder().encode('{"version":9}')));
    clock.advance(GRACE);
    expect(await prune()).toHaveLength(1);
    expect(await store.get(key)).toBeDefined();
    await expect(prune({ admins: ["root"] })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
    });
  });
});
