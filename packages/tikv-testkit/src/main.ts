#!/usr/bin/env node
import { parseArgs } from "node:util";
import { TestCluster } from "./index.js";

// Starts a cluster and prints one line of JSON, `{"endpoints":[…]}`, when it serves. It stops on
// SIGINT and SIGTERM, or with --stdin when its standard input closes.
const { values } = parseArgs({
  options: {
    stores: { type: "string", default: "1" },
    "pd-members": { type: "string", default: "1" },
    stdin: { type: "boolean", default: false },
  },
});
const cluster = await TestCluster.start({
  stores: Number(values.stores),
  pdMembers: Number(values["pd-members"]),
});
process.stdout.write(`${JSON.stringify({ endpoints: cluster.endpoints })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void cluster.close());
if (values.stdin) process.stdin.resume().once("end", () => void cluster.close());
