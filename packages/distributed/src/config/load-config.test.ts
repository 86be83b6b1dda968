import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryStore } from "../store/memory-store.js";
import { collect } from "../testing/collect.js";
import { TikvClient } from "../tikv-client.js";
import { computeHash } from "./config-record.js";
import { loadConfig, loadOrStoreConfig } from "./load-config.js";

const TOML = `[dataset]
name = "pick"
fps = 30

[[mappings]]
topic = "/joint_states"
feature = "observation.state"
`;
const ANNOTATED = `annotation_file = "notes/tasks.toml"\n${TOML}`;
const ANNOTATION = `[[ranges]]\r\ntask = "pick up the cube"\r\nfrom = 0.0\r\nto = 4.2\r\n`;

let directory: string;
let client: TikvClient;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-config-"));
  client = new TikvClient(new MemoryStore());
});
afterEach(async () => {
  await client.close();
  await rm(directory, { recursive: true, force: true });
});

async function storedKeys(): Promise<number> {
  const all = client.store.scan({ start: new Uint8Array(), end: Uint8Array.of(0xff) });
  return (await collect(all)).length;
}

describe("loadOrStoreConfig", () => {
  it("stores the exact bytes of a file, so that the file is needed no more", async () => {
    const path = join(directory, "robot.toml");
    const bytes = Buffer.from(`\uFEFF${TOML.replaceAll("\n", "\r\n")}`);
    await writeFile(path, bytes);
    const stored = await loadOrStoreConfig({ client, path });
    await rm(path);
    expect(stored.hash).toBe(computeHash(bytes));
    expect(stored.config.dataset.fps).toBe(30);
    expect(stored.annotationHash).toBeNull();
    expect(Buffer.from((await client.getConfig(stored.hash)).content)).toEqual(bytes);
  });

  it("stores the annotation file too, found from the config's directory", async () => {
    await mkdir(join(directory, "notes"));
    await writeFile(join(directory, "notes", "tasks.toml"), ANNOTATION);
    await writeFile(join(directory, "robot.toml"), ANNOTATED);
    const byPath = await loadOrStoreConfig({ client, path: join(directory, "robot.toml") });
    expect(byPath.annotationHash).toBe(computeHash(ANNOTATION));
    expect((await client.getAnnotation(computeHash(ANNOTATION))).content).toBe(ANNOTATION);
    const byContent = await loadOrStoreConfig({ client, content: ANNOTATED, directory });
    expect(byContent).toMatchObject({
      hash: byPath.hash,
      annotationHash: byPath.annotationHash,
      annotation: { ranges: [{ task: "pick up the cube" }] },
    });
  });

  it.each([
    ["not TOML", "[dataset", "ERR_ROBOFLOW_CONFIG_INVALID"],
    ["an unknown key", `${TOML}\nfpss = 3`, "ERR_ROBOFLOW_CONFIG_INVALID"],
    ["too large", `#${"x".repeat(1 << 20)}\n${TOML}`, "ERR_ROBOFLOW_CONFIG_INVALID"],
    ["an annotation file that is not there", ANNOTATED, "ERR_ROBOFLOW_CONFIG_NOT_FOUND"],
  ])("stores nothing for %s", async (_, content, code) => {
    await expect(loadOrStoreConfig({ client, content, directory })).rejects.toMatchObject({ code });
    expect(await storedKeys()).toBe(0);
  });

  it("stores nothing when only the annotation file is invalid", async () => {
    await mkdir(join(directory, "notes"));
    await writeFile(join(directory, "notes", "tasks.toml"), "[[ranges]]\ntask = 3\n");
    await expect(
      loadOrStoreConfig({ client, content: ANNOTATED, directory }),
    ).rejects.toMatchObject({ code: "ERR_ROBOFLOW_ANNOTATION_INVALID" });
    expect(await storedKeys()).toBe(0);
  });

  it("names the file that is not there", async () => {
    const path = join(directory, "none.toml");
    await expect(loadOrStoreConfig({ client, path })).rejects.toThrow(
      `${path}: there is no such file`,
    );
  });
});

describe("loadConfig", () => {
  it("checks without a store, and names the content as asked", async () => {
    expect((await loadConfig({ content: TOML })).annotation).toBeNull();
    await expect(loadConfig({ content: "x = 1", file: "standard input" })).rejects.toThrow(
      "standard input",
    );
  });
});
