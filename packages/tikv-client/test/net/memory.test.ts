import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, test } from "vitest";
import { runProgram } from "./run-program.js";

test("memory is flat: what is kept after many operations is what was kept after few", async () => {
  await using cluster = await TestCluster.start({ stores: 2 });
  // Now and then something goes wrong, since that is where leftovers come from.
  let count = 0;
  cluster.intercept((call) => {
    if (call.server !== "store" || ++count % 500 !== 0) return undefined;
    return { kind: "region-error", error: { message: "test", notLeader: {} } };
  });
  const printed = await runProgram(
    `const client = await RawClient.connect({ endpoints });
    const work = async (operations) => {
      const worker = async () => {
        while (operations-- > 0) {
          const key = "k" + (operations % 100);
          if (operations % 10 === 0) await client.put(key, "v".repeat(200));
          else if (operations % 100 === 1) {
            const controller = new AbortController();
            const aborted = client.get(key, { signal: controller.signal }).catch(() => {});
            controller.abort();
            await aborted;
          } else if (operations % 100 === 2) await client.batchGet([key, "k1", "k2"]);
          else await client.get(key);
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
      gc();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    await work(10000);
    const before = await work(10000);
    console.log(before, await work(40000));
    await client.close();`,
    cluster.endpoints,
    ["--expose-gc"],
  );
  const [before = NaN, after = NaN] = printed.split(" ").map(Number);
  // 40,000 operations that each left a hundred bytes would be 4 MB.
  expect(after - before).toBeLessThan(2 * 1024 * 1024);
});
