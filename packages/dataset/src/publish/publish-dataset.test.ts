import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalStorage, toUrl, type CallOptions } from "@roboflow/storage";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkOutput, findOutputBatch } from "./output-marker.js";
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

/** Dies at its n-th change: before it takes effect, or after. */
class CrashingStorage extends LocalStorage {
  #left: number;
  readonly #when: "before" | "after";
  constructor(changes: number, when: "before" | "after") {
    super();
    this.#left = changes;
    this.#when = when;
  }
  async #change<T>(act: () => Promise<T>): Promise<T> {
    this.#left -= 1;
    if (this.#left < 0) throw new Crash();
    if (this.#left > 0) return act();
    if (this.#when === "after") await act();
    throw new Crash();
  }
  override put(url: string, content: Uint8Array, options?: CallOptions) {
    return this.#change(() => super.put(url, content, options));
  }
  override putIfAbsent(url: string, content: Uint8Array, options?: CallOptions) {
    return this.#change(() => super.putIfAbsent(url, content, options));
  }
  override move(from: string, to: string, options?: CallOptions) {
    return this.#change(() => super.move(from, to, options));
  }
  override remove(url: string, options?: CallOptions) {
    return this.#change(() => super.remove(url, options));
  }
  override removeTree(url: string, options?: CallOptions) {
    return this.#change(() => super.removeTree(url, options));
  }
}

const owner = { storeUrl: "lmdb:/store", batchId: "batch" };

async function publish(storage = new LocalStorage(), generation = 1, leads = () => true) {
  await publishDataset({
    storage,
    stagingUrl: toUrl(`${staging}/`, root),
    outputUrl: toUrl(`${output}/`, root),
    marker: { ...owner, generation },
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
          await publish(new CrashingStorage(change, when), 2);
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
    await expect(publish(new LocalStorage(), 1, () => ++asked < 4)).rejects.toMatchObject({
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

  it("asks for a new assembly when staging lost a file", async () => {
    await write(staging, FIRST);
    await expect(publish(new CrashingStorage(2, "after"))).rejects.toBeInstanceOf(Crash);
    await rm(join(staging, "meta/tasks.parquet"));
    await expect(publish()).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_DATASET_INVALID",
      permanence: "transient",
      message: expect.stringContaining("meta/tasks.parquet"),
    });
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
