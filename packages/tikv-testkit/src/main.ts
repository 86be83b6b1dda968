#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { TestCluster } from "./index.js";

const HELP = `Usage: tikv-testkit [options]

Serves PD and TiKV on 127.0.0.1 for tests. Prints one line of JSON, {"endpoints":[…]}, when it
serves; stops on SIGINT and SIGTERM.

  --stores N        default: 1
  --pd-members N    default: 1
  --stdin           stops when standard input closes
  --help, --version
`;

const { values } = parseArgs({
  options: {
    stores: { type: "string", default: "1" },
    "pd-members": { type: "string", default: "1" },
    stdin: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    version: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else if (values.version) process.stdout.write(`${version()}\n`);
else await serve();

async function serve(): Promise<void> {
  const cluster = await TestCluster.start({
    stores: Number(values.stores),
    pdMembers: Number(values["pd-members"]),
  });
  process.stdout.write(`${JSON.stringify({ endpoints: cluster.endpoints })}\n`);
  const stop = (): void => void cluster.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  if (values.stdin) process.stdin.resume().once("end", stop);
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return String(JSON.parse(manifest).version);
}
