import { join } from "node:path";
import { ROOT } from "../root.js";
import { startVersitygw } from "../s3/start-versitygw.js";
import { buildGo } from "../tikv/go-programs.js";
import { startServer } from "../tikv/start-server.js";
import { S3_SERVER, SERVER } from "../tikv/tools.js";
import type { S3Env } from "./object-store.js";
import { serve } from "./served.js";

type Print = (line: string) => void;

/** A running store, and what it is for people. */
export interface Store extends AsyncDisposable {
  readonly name: string;
  /** `host:port` of PD members, as `TIKV_PD_ENDPOINTS` takes them. */
  readonly endpoints: string;
}

/** A real PD and three stores in Go; without Go the testkit's. */
export async function startStore(print: Print): Promise<Store> {
  const built = await buildGo(SERVER, print);
  if (built.kind === "ready") {
    const server = await startServer(built.dir, { stores: 3, regionSize: 64 * 1024 });
    return {
      name: "a real PD with three TiKV-protocol stores, in Go",
      endpoints: server.pd,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }
  print(`No TiKV server in Go (${built.reason}): the testkit takes its place`);
  const main = join(ROOT, "packages/tikv-testkit/src/main.ts");
  const server = await serve(main, ["--stores", "3", "--pd-members", "3"]);
  const { endpoints } = server.ready as { endpoints: readonly string[] };
  return {
    name: "the testkit's cluster: three PD members, three stores",
    endpoints: endpoints.join(","),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A running S3 server without buckets, and what it is for people. */
export interface ObjectServer extends AsyncDisposable {
  readonly name: string;
  readonly env: S3Env;
}

/** versitygw; without Go the testkit's. */
export async function startObjectServer(print: Print): Promise<ObjectServer> {
  const built = await buildGo(S3_SERVER, print);
  if (built.kind === "ready") {
    const server = await startVersitygw(built.dir);
    return {
      name: "versitygw",
      env: server.env,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }
  print(`No S3 server in Go (${built.reason}): the testkit takes its place`);
  const server = await serve(join(ROOT, "packages/s3-testkit/src/main.ts"), []);
  const { env } = server.ready as { env: S3Env };
  return {
    name: "the testkit's S3 server",
    env,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
