#!/usr/bin/env node
import { parseArgs } from "node:util";
import { S3TestServer } from "./server/s3-test-server.js";

// Starts a server and prints one line of JSON, `{"url":…,"env":{…}}`, when it serves. It stops on
// SIGINT and SIGTERM, or with --stdin when its standard input closes.
const { values } = parseArgs({
  options: {
    bucket: { type: "string", multiple: true, default: [] },
    directory: { type: "string" },
    port: { type: "string", default: "0" },
    region: { type: "string" },
    stdin: { type: "boolean", default: false },
  },
});
const server = await S3TestServer.start({
  buckets: values.bucket,
  port: Number(values.port),
  ...(values.directory !== undefined && { directory: values.directory }),
  ...(values.region !== undefined && { region: values.region }),
});
process.stdout.write(`${JSON.stringify({ url: server.url, env: server.env })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void server.close());
if (values.stdin) process.stdin.resume().once("end", () => void server.close());
