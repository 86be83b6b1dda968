import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ACCESS_KEY = "test-access-key";
const SECRET_KEY = "test-secret-key";
const REGION = "us-east-1";
const READY_TRIES = 300;

/** A running versitygw on a temporary directory; disposing stops it and removes that. */
export interface S3Server extends AsyncDisposable {
  /** What makes a client of this server of a process. */
  readonly env: Readonly<Record<string, string>>;
}

/** @param programs the directory with `versitygw` */
export async function startVersitygw(programs: string): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), "roboflow-s3-"));
  const [buckets, port] = [join(directory, "buckets"), await freePort()];
  await mkdir(buckets);
  // Metadata goes beside the objects: not every file system of a temporary directory has attributes.
  const sidecar = join(directory, "sidecar");
  await mkdir(sidecar);
  const args = ["--port", `127.0.0.1:${port}`, "--region", REGION, "--quiet"];
  const server = spawn(
    join(programs, "versitygw"),
    [...args, "posix", "--sidecar", sidecar, buckets],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, ROOT_ACCESS_KEY: ACCESS_KEY, ROOT_SECRET_KEY: SECRET_KEY },
    },
  );
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    }
    await rm(directory, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(url, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env: {
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries++) {
    if (server.exitCode !== null) throw new Error("versitygw ended before it served");
    // Whatever it answers, it is there.
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return;
    await sleep(100);
  }
  throw new Error(`versitygw does not answer at ${url}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return address.port;
}
