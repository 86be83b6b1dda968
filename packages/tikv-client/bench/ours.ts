import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { TransactionClient } from "tikv-client";
import { measure } from "./measure.js";
import { Workload } from "./workload.js";

/*
 * Our client's side of the benchmark, as the programs in `tools/tikv-peers` are for theirs: writes its
 * records, prints {"ready":true}, then takes a measurement a line, "OPERATION CONCURRENCY SECONDS".
 */

const { values } = parseArgs({
  options: {
    pd: { type: "string", default: "127.0.0.1:2379" },
    prefix: { type: "string", default: "bench/ts/" },
    connections: { type: "string", default: "1" },
  },
});
await using client = await TransactionClient.connect({
  endpoints: [values.pd],
  connectionsPerStore: Number(values.connections),
});
const workload = new Workload(client, values.prefix);
await workload.load();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const [op = "", concurrency, seconds] = line.split(" ");
  const run = workload.operation(op);
  console.log(JSON.stringify(await measure(op, Number(concurrency), Number(seconds), run)));
}
