import type { ListMultipartUploadsCommandOutput } from "@aws-sdk/client-s3";
import type { ObjectStat } from "../storage.js";
import type { Connection } from "./connection.js";
import { bareEtag } from "./head-object.js";
import { type S3Target, urlOfKey } from "./s3-url.js";

/** The objects whose keys begin with the directory's, in order of the bytes of their keys. */
export async function* listObjects(
  connection: Connection,
  directory: S3Target,
  signal?: AbortSignal,
): AsyncGenerator<ObjectStat, void, void> {
  let token: string | undefined;
  do {
    const page = await connection.request(
      "ListObjectsV2",
      "list",
      directory,
      signal,
      async ({ sdk, client, send }) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket: directory.bucket,
            Prefix: directory.key,
            // XML can't hold every character of a key.
            EncodingType: "url",
            ...(token !== undefined && { ContinuationToken: token }),
          }),
          send,
        ),
    );
    for (const { Key = "", Size = 0, ETag } of page.Contents ?? []) {
      const key = decoded(Key, page.EncodingType);
      // Consoles make empty objects to stand for directories.
      if (key.endsWith("/")) continue;
      yield { url: urlOfKey(directory, key), size: Size, identity: bareEtag(ETag) };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** Uploads below the directory that were neither finished nor aborted. */
export async function listUploads(
  connection: Connection,
  directory: S3Target,
  signal?: AbortSignal,
): Promise<{ readonly target: S3Target; readonly id: string }[]> {
  const found: { readonly target: S3Target; readonly id: string }[] = [];
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    const { NextKeyMarker: after, NextUploadIdMarker: id, EncodingType: encoding } = page;
    page = await connection.request(
      "ListMultipartUploads",
      "list uploads",
      directory,
      signal,
      async ({ sdk, client, send }) =>
        client.send(
          new sdk.ListMultipartUploadsCommand({
            Bucket: directory.bucket,
            Prefix: directory.key,
            EncodingType: "url",
            ...(after !== undefined && { KeyMarker: decoded(after, encoding) }),
            ...(id !== undefined && { UploadIdMarker: id }),
          }),
          send,
        ),
    );
    for (const { Key = "", UploadId = "" } of page.Uploads ?? []) {
      const key = decoded(Key, page.EncodingType);
      const target = { url: urlOfKey(directory, key), bucket: directory.bucket, key };
      found.push({ target, id: UploadId });
    }
  } while (page.IsTruncated);
  return found;
}

/** Stores that do not know the encoding send keys as they are, and do not name it. */
function decoded(key: string, encoding: string | undefined): string {
  return encoding === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key;
}
