import { parseArgs } from "node:util";
import { RawClient } from "tikv-client";

/*
 * A million raw operations against a cluster that runs, with what the process keeps after each
 * tenth: `node --expose-gc --conditions=@roboflow/source --import tsx bench/memory.ts --pd 127.0.0.1:2379`.
 */

const { values } = parseArgs({
  options: {
    pd: { type: "string", default: "127.0.0.1:2379" },
    operations: { type: "string", default: "1000000" },
  },
});
const total = Number(values.operations);
await using client = await RawClient.connect({ endpoints: [values.pd] });
for (let tenth = 1; tenth <= 10; tenth++) {
  let left = total / 10;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const key = `memory/${left % 1000}`;
      if (left % 10 === 0) await client.put(key, "v".repeat(300));
      else await client.get(key);
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `${(total / 10) * tenth} operations: kept ${mb(heapUsed + arrayBuffers)} MB, rss ${mb(rss)} MB`,
  );
}
