import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CreateBucketCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

/** What makes a client of an S3 server of a process: `AWS_*` variables. */
export type S3Env = Readonly<Record<string, string>>;

/** Puts files there and fetches them with Amazon's own client, so that nothing of ours is in between. */
export class ObjectStore implements Disposable {
  readonly #client: S3Client;

  constructor(env: S3Env) {
    // It would tell of versions of Node that it will need one day.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    this.#client = new S3Client({
      endpoint: required(env, "AWS_ENDPOINT_URL_S3"),
      region: required(env, "AWS_REGION"),
      forcePathStyle: true,
      credentials: {
        accessKeyId: required(env, "AWS_ACCESS_KEY_ID"),
        secretAccessKey: required(env, "AWS_SECRET_ACCESS_KEY"),
      },
    });
  }

  async createBucket(bucket: string): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: bucket }));
  }

  /** For files that fit in memory. */
  async upload(file: string, bucket: string, key: string): Promise<void> {
    const body = await readFile(file);
    await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  }

  /** Fetches all below `prefix`, which ends with a slash, into a directory; but for what is hidden. */
  async download(bucket: string, prefix: string, directory: string): Promise<void> {
    for (const key of await this.keys(bucket, prefix)) {
      const name = key.slice(prefix.length);
      if (name.startsWith(".")) continue;
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      await pipeline(Body as Readable, createWriteStream(path));
    }
  }

  async keys(bucket: string, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: bucket, Prefix: prefix },
    );
    for await (const { Contents = [] } of pages) {
      keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
    }
    return keys;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

function required(env: S3Env, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`the S3 server gave no ${name}`);
  return value;
}
