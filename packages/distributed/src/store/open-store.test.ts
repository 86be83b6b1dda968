import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, parseStoreUrl } from "./open-store.js";

describe("parseStoreUrl", () => {
  it.each([
    ["memory:", { kind: "memory" }],
    ["lmdb:/a/b.store", { kind: "lmdb", path: "/a/b.store" }],
    ["lmdb:x/y", { kind: "lmdb", path: "/cwd/x/y" }],
    ["LMDB:x", { kind: "lmdb", path: "/cwd/x" }],
    ["tikv://pd1,pd2:99", { kind: "tikv", endpoints: ["pd1:2379", "pd2:99"] }],
    ["lmdb:~/store", { kind: "lmdb", path: join(homedir(), "store") }],
  ])("reads %s", (url, location) => {
    expect(parseStoreUrl(url, "/cwd")).toEqual(location);
  });

  it.each([
    ["redis://user:secret@host", "Stores on redis: are not supported"],
    ["some/path", "The store must be given as a URL with a scheme, e.g. lmdb:.roboflow/store"],
    ["lmdb:", "The store URL lmdb: names no directory"],
    ["memory:a", "A memory: store takes no path"],
  ])("refuses %s", (url, message) => {
    expect(() => parseStoreUrl(url, "/cwd")).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_STORE_URL",
        permanence: "permanent",
        message,
        hint: "Stores are lmdb:PATH (a directory; several processes of one machine), tikv://HOST:PORT,… (PD members of a TiKV cluster; many machines) and memory: (this process only, for tests).",
      }),
    );
  });
});

describe("openStore", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "roboflow-open-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("opens what the URL names, and says where it is", async () => {
    await using memory = await openStore("memory:");
    expect(memory.url).toBe("memory:");
    const path = join(directory, "not", "there.yet");
    await using lmdb = await openStore(`lmdb:${path}`);
    expect(lmdb.url).toBe(`lmdb:${path}`);
  });
});
