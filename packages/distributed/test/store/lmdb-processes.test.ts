import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LmdbStore } from "../../src/store/lmdb-store.js";
import { ModuleProcess } from "../../src/testing/child-process.js";
import { collect } from "../../src/testing/collect.js";

const BULK_WRITER = new URL("./bulk-writer", import.meta.url);
const CRASH_WRITER = new URL("../../src/testing/crash-writer", import.meta.url);
/** Starting a process takes long on a busy machine. */
const PROCESS_TIMEOUT_MS = 120_000;
const MIB = 1 << 20;

/** Root may write anywhere unless it gives its capabilities up. */
const unprivileged =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-processes-"));
  path = join(directory, "store");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** All that a bulk writer says; the last line tells how it ended. */
async function bulkWrite(
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<{ acked: number; end: string }> {
  const writer = new ModuleProcess(BULK_WRITER, args, { wrapper });
  try {
    for (let acked = 0; ; acked += 1) {
      const line = await writer.line();
      if (!line.startsWith("acked")) return { acked, end: line };
    }
  } finally {
    await writer.kill();
  }
}

async function storedUnder(store: LmdbStore, name: string): Promise<number[]> {
  const range = { start: Buffer.from(`${name}/`), end: Buffer.from(`${name}0`) };
  return (await collect(store.scan(range))).map(({ value }) => value.length);
}

describe("LmdbStore among processes", { timeout: PROCESS_TIMEOUT_MS }, () => {
  it("goes on when another process has made the file many times as large", async () => {
    await using store = await LmdbStore.open(path);
    const held = store.transact(async (tx) => {
      await tx.get(Buffer.from("a/0"));
      const ends = await Promise.all(
        ["a", "b"].map((name) => bulkWrite([path, name, "6", String(MIB)])),
      );
      expect(ends).toEqual([
        { acked: 6, end: "done" },
        { acked: 6, end: "done" },
      ]);
      // Still the snapshot from before.
      return tx.get(Buffer.from("a/0"));
    });
    expect(await held).toBeUndefined();
    for (const name of ["a", "b"]) {
      expect(await storedUnder(store, name)).toEqual(Array.from({ length: 6 }, () => MIB));
    }
    await store.transact(async (tx) => tx.put(Buffer.from("c/0"), Buffer.alloc(MIB, 1)));
    expect((await bulkWrite([path, "d", "1", "1"])).end).toBe("done");
  });

  it("says that the disk is full, and has stored all that it acknowledged and nothing else", async () => {
    // A limit on the size of files fails the same writes as a full disk does.
    const limited = ["sh", "-c", 'ulimit -f 4096; exec "$0" "$@"'];
    const { acked, end } = await bulkWrite([path, "a", "1000", "100000"], limited);
    expect(JSON.parse(end)).toEqual({
      code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
      permanence: "transient",
      message: `The store in ${path} can't be used: a write failed: the disk is full, or failing`,
      hint: "Look at the disk's free space and health; nothing of this write was stored.",
    });
    expect(acked).toBeGreaterThan(0);
    await using store = await LmdbStore.open(path);
    expect(await storedUnder(store, "a")).toHaveLength(acked);
    await store.transact(async (tx) => tx.put(Buffer.from("a/more"), Buffer.alloc(MIB, 1)));
    expect(await storedUnder(store, "a")).toHaveLength(acked + 1);
  });

  it.each([
    ["a new store in a directory that can't be written", "none"],
    ["an existing store that can't be written", "existing"],
  ])("says so permanently for %s", async (_, state) => {
    await mkdir(path);
    if (state === "existing") {
      await (await LmdbStore.open(path)).close();
      for (const file of ["data.mdb", "lock.mdb"]) await chmod(join(path, file), 0o444);
    }
    await chmod(path, 0o555);
    const { end } = await bulkWrite([path, "a", "1", "1"], unprivileged);
    expect(JSON.parse(end)).toEqual({
      code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
      permanence: "permanent",
      message: `The store in ${path} can't be used: this user may not write there`,
      hint: "Give this user write access to the directory and its files, or choose another with --store lmdb:PATH or ROBOFLOW_STORE.",
    });
  });

  it("reuses what a killed process was reading", async () => {
    await using store = await LmdbStore.open(path);
    const holder = new ModuleProcess(CRASH_WRITER, [store.url, "hold", "a"]);
    try {
      expect(await holder.line()).toBe("begun");
    } finally {
      await holder.kill();
    }
    const rounds = 300;
    const size = MIB / 16;
    for (let round = 0; round < rounds; round += 1) {
      const value = Buffer.alloc(size, 1 + (round % 200));
      await store.transact(async (tx) => tx.put(Buffer.from("same"), value));
    }
    expect((await stat(join(path, "data.mdb"))).size).toBeLessThan((rounds * size) / 2);
  });
});
