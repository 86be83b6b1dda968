#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { S3TestServer } from "./server/s3-test-server.js";

const HELP = `Usage: s3-testkit [options]

Serves S3 on 127.0.0.1 for tests. Prints one line of JSON, {"url":…,"env":{…}}, when it serves;
stops on SIGINT and SIGTERM.

  --bucket NAME     a bucket that exists from the start; may be repeated
  --directory DIR   keeps objects there (default: in memory)
  --port N          default: a free one
  --region NAME     default: us-east-1
  --stdin           stops when standard input closes
  --help, --version
`;

const { values } = parseArgs({
  options: {
    bucket: { type: "string", multiple: true, default: [] },
    directory: { type: "string" },
    port: { type: "string", default: "0" },
    region: { type: "string" },
    stdin: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    version: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else if (values.version) process.stdout.write(`${version()}\n`);
else await serve();

async function serve(): Promise<void> {
  const { bucket, directory, port, region, stdin } = values;
  const server = await S3TestServer.start({
    buckets: bucket,
    port: Number(port),
    ...(directory !== undefined && { directory }),
    ...(region !== undefined && { region }),
  });
  process.stdout.write(`${JSON.stringify({ url: server.url, env: server.env })}\n`);
  const stop = (): void => void server.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  if (stdin) process.stdin.resume().once("end", stop);
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return String(JSON.parse(manifest).version);
}
