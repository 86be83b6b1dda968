import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@roboflow/core";
import { S3TestServer, type S3TestServerOptions } from "@roboflow/s3-testkit";
import {
  createStorage,
  type RetryInfo,
  type S3Options,
  type StorageOptions,
} from "../../src/index.js";
import type { StorageUnderTest } from "../storage.contract.js";

export interface S3Rig extends StorageUnderTest {
  readonly server: S3TestServer;
  readonly retries: readonly RetryInfo[];
}

export interface S3RigOptions extends S3TestServerOptions {
  readonly s3?: S3Options;
  readonly storage?: StorageOptions;
}

/** A storage on a test server of its own; `base` is a directory in its bucket. */
export async function s3Rig(options: S3RigOptions = {}): Promise<S3Rig> {
  const server = await S3TestServer.start({ buckets: ["robots"], ...options });
  const scratch = await mkdtemp(join(tmpdir(), "s3 storage "));
  const retries: RetryInfo[] = [];
  const scheme = options.dialect ?? "s3";
  const storage = createStorage({
    env: scheme === "s3" ? server.env : ossEnv(server),
    onRetry: (info) => retries.push(info),
    [scheme]: { retryDelayMs: 1, ...options.s3 },
    ...options.storage,
  });
  return {
    server,
    storage,
    retries,
    scratch,
    base: `${scheme}://robots/a place/${newId()}/`.replaceAll(" ", "%20"),
    async [Symbol.asyncDispose]() {
      await storage.close();
      await server.close();
      await rm(scratch, { recursive: true });
    },
  };
}

function ossEnv({ url, region, env }: S3TestServer): NodeJS.ProcessEnv {
  return {
    OSS_ENDPOINT: url,
    OSS_REGION: region,
    OSS_ACCESS_KEY_ID: env["AWS_ACCESS_KEY_ID"],
    OSS_ACCESS_KEY_SECRET: env["AWS_SECRET_ACCESS_KEY"],
  };
}
