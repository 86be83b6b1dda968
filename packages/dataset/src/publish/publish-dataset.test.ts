import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalStorage, toUrl, type CallOptions } from "@roboflow/storage";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkOutput, findOutputBatch, releaseOutput, reserveOutput } from "./output-marker.js";
import { publishDataset } from "./publish-dataset.js";

let root: string;
let output: string;
let staging: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-publish-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  output = join(root, `out ü ${count++}`);
  staging = join(output, ".roboflow/batch/final/1");
});

const FIRST = {
  "meta/info.json": "info 1",
  "meta/tasks.parquet": "tasks 1",
  "data/chunk-000/file-000.parquet": "rows 1",
  "data/chunk-000/file-001.parquet": "more rows 1",
  "videos/observation.images.a b/chunk-000/file-000.mp4": "video 1",
};
const SECOND = {
  "meta/info.json": "info 2, longer",
  "meta/tasks.parquet": "tasks 2",
  "data/chunk-000/file-000.parquet": "rows 2",
};
const THIRD = { ...FIRST, "meta/info.json": "info 3", "data/chunk-000/file-001.parquet": "rows 3" };
type Tree = Readonly<Record<string, string>>;

async function write(directory: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

/** The dataset as readers see it. */
async function read(directory: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    if (entry.isFile() && !path.startsWith(".roboflow")) {
      tree[path] = await readFile(join(directory, path), "utf8");
    }
  }
  return tree;
}

class Crash extends Error {}

/** Calls back around each change. */
class WatchedStorage extends LocalStorage {
  readonly #around: <T>(act: () => Promise<T>) => Promise<T>;
  constructor(around: <T>(act: () => Promise<T>) => Promise<T>) {
    super();
    this.#around = around;
  }
  override put(url: string, content: Uint8Array, options?: CallOptions) {
    return this.#around(() => super.put(url, content, options));
  }
  override putIfAbsent(url: string, content: Uint8Array, options?: CallOptions) {
    return this.#around(() => super.putIfAbsent(url, content, options));
  }
  override putIfUnchanged(
    url: string,
    content: Uint8Array,
    identity: string,
    options?: CallOptions,
  ) {
    return this.#around(() => super.putIfUnchanged(url, content, identity, options));
  }
  override moveIf(from: string, to: string, identity: string | null, options?: CallOptions) {
    return this.#around(() => super.moveIf(from, to, identity, options));
  }
  override removeIf(url: string, identity: string, options?: CallOptions) {
    return this.#around(() => super.removeIf(url, identity, options));
  }
  override removeTree(url: string, options?: CallOptions) {
    return this.#around(() => super.removeTree(url, options));
  }
}

/** Dies at its n-th change: before it takes effect, or after. */
function crashing(changes: number, when: "before" | "after"): LocalStorage {
  let left = changes;
  return new WatchedStorage(async (act) => {
    left -= 1;
    if (left < 0) throw new Crash();
    if (left > 0) return act();
    if (when === "after") await act();
    throw new Crash();
  });
}

const owner = { storeUrl: "lmdb:/store", batchId: "batch" };

async function publish(
  storage: LocalStorage = new LocalStorage(),
  generation = 1,
  { token = 1, leads = (): boolean => true, from = staging } = {},
) {
  await publishDataset({
    storage,
    stagingUrl: toUrl(`${from}/`, root),
    outputUrl: toUrl(`${output}/`, root),
    marker: { ...owner, generation, token },
    stillLeader: async () => leads(),
  });
}

describe("publishDataset", () => {
  it("moves a dataset into an empty output and clears staging", async () => {
    await write(staging, FIRST);
    await publish();
    expect(await read(output)).toEqual(FIRST);
    expect(await readdir(join(output, ".roboflow/batch/final"))).toEqual([]);
  });

  it("replaces its own earlier generation and removes what that left", async () => {
    await write(staging, FIRST);
    await publish();
    await write(staging, SECOND);
    await publish(new LocalStorage(), 2);
    expect(await read(output)).toEqual(SECOND);
  });

  it.each(["before", "after"] as const)(
    "ends in the same tree after a crash %s any step, and shows no mixture",
    async (when) => {
      let crashes = 0;
      for (let change = 1; ; change++) {
        output = join(root, `crash-${when}-${change}`);
        staging = join(output, ".roboflow/batch/final/1");
        await write(staging, FIRST);
        await publish();
        await write(staging, SECOND);
        try {
          await publish(crashing(change, when), 2);
          break;
        } catch (error) {
          expect(error).toBeInstanceOf(Crash);
          crashes += 1;
        }
        const seen = await read(output);
        if (seen["meta/info.json"] === FIRST["meta/info.json"]) expect(seen).toEqual(FIRST);
        else if ("meta/info.json" in seen) expect(seen).toEqual(SECOND);
        // On the same staging, or (as another finalizer would) on one built anew.
        if (change % 2 === 0) await write(staging, SECOND);
        await publish(new LocalStorage(), 2);
        expect(await read(output)).toEqual(SECOND);
      }
      expect(crashes).toBeGreaterThan(6);
    },
  );

  it("stops at the step where leadership is lost, as transient", async () => {
    await write(staging, FIRST);
    let asked = 0;
    await expect(
      publish(new LocalStorage(), 1, { leads: () => ++asked < 4 }),
    ).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
      permanence: "transient",
    });
    expect(await read(output)).not.toHaveProperty("meta/info.json");
    expect(Object.keys(await read(output))).toHaveLength(1);
  });

  it("gives way to a later generation", async () => {
    await write(staging, SECOND);
    await publish(new LocalStorage(), 2);
    await write(staging, FIRST);
    await expect(publish(new LocalStorage(), 1)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_PUBLISH_LOST",
    });
    expect(await read(output)).toEqual(SECOND);
  });

  it.each<[what: string, late: Tree, lateGeneration: number, generation: number, then: Tree]>([
    ["of the same generation", SECOND, 2, 2, SECOND],
    ["of a later generation", SECOND, 2, 3, THIRD],
    ["of a later generation with fewer files", FIRST, 2, 3, SECOND],
  ])(
    "changes nothing any more once a successor %s published, wherever it stopped",
    async (what, late, lateGeneration, generation, then) => {
      let lost = 0;
      for (let stopAt = 1; ; stopAt++) {
        output = join(root, `late ${what} ${stopAt}`);
        const [first, second] = [1, 2].map((n) => join(output, `.roboflow/batch/final/${n}`));
        if (first === undefined || second === undefined) throw new Error("no staging");
        await write(first, FIRST);
        await publish(new LocalStorage(), 1, { from: first });
        await write(first, late);
        let changes = 0;
        const stopped = new WatchedStorage(async (act) => {
          changes += 1;
          if (changes === stopAt) {
            await write(second, then);
            await publish(new LocalStorage(), generation, { token: 2, from: second });
            expect(await read(output)).toEqual(then);
          }
          return act();
        });
        const result = await publish(stopped, lateGeneration, { from: first }).catch(
          (error: unknown) => error,
        );
        if (changes < stopAt) break;
        expect(await read(output)).toEqual(then);
        if (result === undefined) continue;
        expect(result).toMatchObject({ permanence: "transient", name: "DatasetError" });
        lost += 1;
      }
      expect(lost).toBeGreaterThan(4);
    },
  );

  it("wins over a predecessor that goes on for a step", async () => {
    const [first, second] = [1, 2].map((n) => join(output, `.roboflow/batch/final/${n}`));
    if (first === undefined || second === undefined) throw new Error("no staging");
    await write(second, SECOND);
    let changes = 0;
    const disturbed = new WatchedStorage(async (act) => {
      changes += 1;
      // The predecessor's last move, of a file that the successor is about to write.
      if (changes === 3) await write(output, { "data/chunk-000/file-000.parquet": "late" });
      return act();
    });
    await publish(disturbed, 2, { token: 2, from: second });
    expect(await read(output)).toEqual(SECOND);
  });

  it("asks for a new assembly when staging lost a file", async () => {
    await write(staging, FIRST);
    await expect(publish(crashing(2, "after"))).rejects.toBeInstanceOf(Crash);
    await rm(join(staging, "meta/tasks.parquet"));
    await expect(publish()).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_INVALID",
      permanence: "transient",
      message: expect.stringContaining("meta/tasks.parquet"),
    });
  });
});

describe("reserving an output", () => {
  const url = () => toUrl(`${output}/`, root);
  const storage = new LocalStorage();
  const id = { storeId: "a", storeUrl: "tikv://one" };

  it("keeps it for one store, also when several reserve at once", async () => {
    const batches = ["1", "2", "3"].map((storeId) => ({ ...id, storeId, batchId: `b${storeId}` }));
    const tries = await Promise.allSettled(
      batches.map((batch) => reserveOutput(storage, url(), batch)),
    );
    const winner = batches[tries.findIndex(({ status }) => status === "fulfilled")];
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const one of tries)
      if (one.status === "rejected")
        expect(one.reason).toMatchObject({
          code: "ERR_ROBOFLOW_DATASET_OUTPUT",
          message: expect.stringContaining(`is reserved for batch ${winner?.batchId}`),
        });
    if (winner === undefined) throw new Error("nobody has it");
    // Reserved is not occupied: the store itself knows which of its batches may publish.
    expect(await findOutputBatch(storage, url(), winner)).toBeUndefined();
  });

  it("goes from one batch of a store to another, until something is published", async () => {
    const [first, second] = ["first", "second"].map((batchId) => ({ ...owner, batchId }));
    if (first === undefined || second === undefined) throw new Error("no batches");
    await reserveOutput(storage, url(), first);
    await reserveOutput(storage, url(), second);
    expect(await releaseOutput(storage, url(), first)).toBe(false);
    expect(await checkOutput(storage, url(), second)).toMatchObject({ batchId: "second" });
    await write(staging, FIRST);
    await publish();
    expect(await findOutputBatch(storage, url(), owner)).toBe(owner.batchId);
    await expect(reserveOutput(storage, url(), first)).rejects.toMatchObject({
      message: expect.stringContaining(`holds the dataset of batch ${owner.batchId}`),
    });
  });

  it("lets the batch publish, and take up its reservation again", async () => {
    await reserveOutput(storage, url(), owner);
    await reserveOutput(storage, url(), owner);
    await write(staging, FIRST);
    await publish();
    await reserveOutput(storage, url(), owner);
    expect(await checkOutput(storage, url(), owner)).toMatchObject({ generation: 1 });
    expect(await releaseOutput(storage, url(), owner)).toBe(false);
    expect(await read(output)).toEqual(FIRST);
  });

  it("gives it back to everybody, once", async () => {
    const other = { ...owner, batchId: "other" };
    await reserveOutput(storage, url(), owner);
    expect(await releaseOutput(storage, url(), other)).toBe(false);
    expect(await releaseOutput(storage, url(), owner)).toBe(true);
    await reserveOutput(storage, url(), other);
    expect(await releaseOutput(storage, url(), owner)).toBe(false);
    expect(await checkOutput(storage, url(), other)).toMatchObject({ batchId: "other" });
  });

  it("knows a store by its id, whatever its URL", async () => {
    const batch = { ...id, batchId: "1" };
    await reserveOutput(storage, url(), batch);
    await reserveOutput(storage, url(), { ...batch, storeUrl: "tikv://two" });
    await expect(reserveOutput(storage, url(), { ...batch, storeId: "b" })).rejects.toMatchObject({
      message: expect.stringContaining("tikv://one (id a)"),
    });
    // A version that knows no ids wrote or asks.
    expect(
      await checkOutput(storage, url(), { storeUrl: "tikv://one", batchId: "1" }),
    ).toMatchObject({
      storeId: "a",
    });
    await expect(findOutputBatch(storage, url(), "tikv://two")).rejects.toThrow("is reserved");
  });
});

describe("an output that is not the batch's own", () => {
  const refused = (message: string) => ({
    code: "ERR_ROBOFLOW_DATASET_OUTPUT",
    permanence: "permanent",
    message: expect.stringContaining(message),
  });

  const marker = (found: typeof owner) => ({
    ".roboflow/dataset.json": JSON.stringify({ version: 1, ...found, generation: 1 }),
  });
  it.each<[what: string, found: Tree, message: string]>([
    [
      "of another batch",
      marker({ ...owner, batchId: "another" }),
      "holds the dataset of batch another of the store lmdb:/store",
    ],
    [
      "of another store",
      marker({ ...owner, storeUrl: "lmdb:/elsewhere" }),
      "of the store lmdb:/elsewhere",
    ],
    ["of nobody known", { "meta/info.json": "{}" }, "meta/info.json"],
    ["with foreign files in a dataset's directories", { "data/mine.csv": "1" }, "data/mine.csv"],
    ["with a marker that can't be read", { ".roboflow/dataset.json": "?" }, "is no marker"],
  ])("%s is refused and left as it is", async (_, found, message) => {
    await write(output, found);
    await write(staging, FIRST);
    const before = await read(output);
    await expect(publish()).rejects.toMatchObject(refused(message));
    expect(await read(output)).toEqual(before);
    const check = checkOutput(new LocalStorage(), toUrl(`${output}/`, root), owner);
    await expect(check).rejects.toMatchObject(refused(message));
  });

  it("a file", async () => {
    await writeFile(output, "");
    await expect(
      checkOutput(new LocalStorage(), toUrl(`${output}/`, root), owner),
    ).rejects.toMatchObject(refused("is a file, not a directory"));
  });

  it("but an empty directory, an absent one and one with other files are free", async () => {
    const check = () => checkOutput(new LocalStorage(), toUrl(`${output}/`, root), owner);
    expect(await check()).toBeUndefined();
    await write(output, { "notes.txt": "" });
    expect(await check()).toBeUndefined();
  });

  it("is known to submitters: the batch, and what no batch of the store wrote", async () => {
    const find = () => findOutputBatch(new LocalStorage(), toUrl(output, root), owner.storeUrl);
    expect(await find()).toBeUndefined();
    await write(output, marker({ ...owner, batchId: "another" }));
    expect(await find()).toBe("another");
    await write(output, marker({ ...owner, storeUrl: "lmdb:/elsewhere" }));
    await expect(find()).rejects.toMatchObject(refused("of the store lmdb:/elsewhere"));
    await rm(join(output, ".roboflow"), { recursive: true });
    await write(output, { "data/mine.csv": "1" });
    await expect(find()).rejects.toMatchObject(refused("data/mine.csv"));
  });
});
