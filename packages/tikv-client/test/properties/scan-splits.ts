import { TransactionClient, type Snapshot } from "../../src/index.js";
import type { ControlledCluster } from "../servers/controlled-cluster.js";
import { text } from "../support/text.js";
import { Random } from "./random.js";

const KEYS = 24;

/** The region is split at each of its keys while a scan passes: it gives each key once, in order. */
export async function checkScanWhileSplitting(
  seed: number,
  server: ControlledCluster,
): Promise<void> {
  const random = new Random(seed);
  const prefix = `${server.prefix}splits/${seed}/`;
  const names = Array.from({ length: KEYS }, (_, i) => prefix + String(i).padStart(2, "0"));
  const client = await TransactionClient.connect({ endpoints: server.endpoints });
  try {
    await client.transaction(async (tx) => {
      for (const name of names) tx.put(name, name);
    });
    const snapshot = await client.snapshot();
    const range = { start: prefix, end: `${prefix.slice(0, -1)}0` };
    for (const reverse of [false, true]) {
      const pageSize = 1 + random.below(5);
      const found = await scanAndSplit(snapshot, server, random, names, {
        ...range,
        reverse,
        pageSize,
      });
      const expected = reverse ? names.toReversed() : names;
      if (found.join() !== expected.join()) {
        throw new Error(`reverse ${reverse}, pages of ${pageSize}: found ${found.join()}`);
      }
      if (server.can.has("merge")) {
        for (const name of names) await server.merge(name).catch(() => {});
      }
    }
  } finally {
    await client.close();
  }
}

/** Splits at every key once, at moments of the scan that the seed chooses. */
async function scanAndSplit(
  snapshot: Snapshot,
  server: ControlledCluster,
  random: Random,
  names: readonly string[],
  options: { start: string; end: string; reverse: boolean; pageSize: number },
): Promise<string[]> {
  const found: string[] = [];
  const left = [...names];
  for await (const { key } of snapshot.scan(options)) {
    found.push(text(key) ?? "");
    for (let splits = random.below(4); splits > 0 && left.length > 0; splits -= 1) {
      const [at] = left.splice(random.below(left.length), 1);
      if (at !== undefined) await server.split(at);
    }
  }
  return found;
}
