import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { newId } from "@roboflow/core";
import { createStorage } from "../../src/index.js";
import type { StorageUnderTest } from "../storage.contract.js";

const BUCKET = "roboflow-contract";

/** Whether the contract is to run on the server that the `AWS_*` variables name. */
export function isExternal(): boolean {
  return process.env["ROBOFLOW_TEST_S3"] === "external";
}

/** A storage on that server; `base` is a directory in a bucket that is made if need be. */
export async function externalRig(): Promise<StorageUnderTest> {
  const client = new S3Client({ forcePathStyle: true });
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  } finally {
    client.destroy();
  }
  const scratch = await mkdtemp(join(tmpdir(), "s3 storage "));
  const storage = createStorage();
  const base = `s3://${BUCKET}/${newId()}/`;
  return {
    storage,
    scratch,
    base,
    async [Symbol.asyncDispose]() {
      await storage.removeTree(base);
      await storage.close();
      await rm(scratch, { recursive: true });
    },
  };
}
