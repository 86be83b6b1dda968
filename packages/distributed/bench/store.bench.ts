import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb, type LmdbEnvironment } from "../src/store/lmdb-environment.js";
import { LmdbStore } from "../src/store/lmdb-store.js";
import type { KvStore } from "../src/store/kv-store.js";

/*
 * What a store costs over LMDB itself: the same reads and writes through LmdbStore and through
 * lmdb-js, both flushed, in turns. Ratios, as times depend on the machine and its disk.
 */

const RUNS = 7;
const WRITES = 6;
const VALUE = Buffer.alloc(300, 1);
const KEYS = 10_000;

const directory = await mkdtemp(join(tmpdir(), "roboflow-store-bench-"));
try {
  await using store = await LmdbStore.open(join(directory, "store"));
  const peer = await openLmdb(join(directory, "peer"));
  for (let at = 0; at < KEYS; at += 1_000) {
    await store.transact(async (tx) => {
      for (let index = at; index < at + 1_000; index += 1) tx.put(key(index), VALUE);
    });
    peer.root.transactionSync(() => {
      for (let index = at; index < at + 1_000; index += 1) peer.data.putSync(key(index), VALUE);
    });
  }
  await compare("point get", 5_000, {
    own: (index) => store.get(key(index)),
    peer: (index) => peer.data.get(key(index)),
  });
  await compare("transaction of 1 read", 5_000, {
    own: (index) => store.transact((tx) => tx.get(key(index))),
    peer: (index) => peer.data.get(key(index)),
  });
  await compare(`transaction of 1 read, ${WRITES} writes, flushed`, 100, {
    own: (index) => writeSome(store, index),
    peer: (index) => writePeer(peer, index),
  });
  await compare(`the same, 64 at once, a transaction`, 1_024, {
    own: (index) => (index % 64 === 0 ? writeMany(store, index) : undefined),
    peer: (index) => writePeer(peer, index),
  });
  await compare("scan of 10,000 pairs", 3, {
    own: () => count(store),
    peer: () => [...peer.data.getRange({ start: Buffer.from("k") })].length,
  });
  await peer.root.close();
} finally {
  await rm(directory, { recursive: true });
}

interface Sides {
  own(index: number): unknown;
  peer(index: number): unknown;
}

/** Medians of runs in turns; one line. */
async function compare(what: string, times: number, sides: Sides): Promise<void> {
  const micros: Record<keyof Sides, number[]> = { own: [], peer: [] };
  for (let run = 0; run < RUNS; run += 1) {
    for (const side of ["own", "peer"] as const) {
      const start = performance.now();
      for (let index = 0; index < times; index += 1) await sides[side](index);
      micros[side].push(((performance.now() - start) * 1_000) / times);
    }
  }
  const [own, peer] = [median(micros.own), median(micros.peer)];
  console.log(
    `${what}: ${own.toFixed(1)} µs, lmdb-js ${peer.toFixed(1)} µs, ratio ${(own / peer).toFixed(2)}`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function key(index: number): Buffer {
  return Buffer.from(`k${String(index % KEYS).padStart(8, "0")}`);
}

async function writeSome(store: KvStore, index: number): Promise<void> {
  await store.transact(async (tx) => {
    await tx.get(key(index));
    for (let write = 0; write < WRITES; write += 1) tx.put(key(index * WRITES + write), VALUE);
  });
}

async function writeMany(store: KvStore, index: number): Promise<void> {
  await Promise.all(Array.from({ length: 64 }, (_, offset) => writeSome(store, index + offset)));
}

function writePeer({ root, data }: LmdbEnvironment, index: number): void {
  root.transactionSync(() => {
    data.get(key(index));
    for (let write = 0; write < WRITES; write += 1) {
      data.putSync(key(index * WRITES + write), VALUE);
    }
  });
}

async function count(store: KvStore): Promise<number> {
  let pairs = 0;
  for await (const _ of store.scan({ start: Buffer.from("k"), end: Buffer.from("l") })) pairs += 1;
  return pairs;
}
