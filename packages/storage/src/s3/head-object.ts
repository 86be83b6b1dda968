import type { Attempt } from "./connection.js";
import { failureOf } from "./failure.js";
import type { S3Target } from "./s3-url.js";

/** What a HEAD says. */
export interface Head {
  readonly size: number;
  /** The etag without quotes. */
  readonly identity: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Looks at an object; undefined if there is none (or no bucket: a HEAD's error has no body that
 * says which). Any other refusal is asked again by GET, whose error says why.
 */
export async function headObject(
  { bucket, key }: S3Target,
  { sdk, client, send }: Attempt,
): Promise<Head | undefined> {
  try {
    const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
    const { ContentLength, ETag, Metadata } = await client.send(command, send);
    return { size: ContentLength ?? 0, identity: bareEtag(ETag), metadata: Metadata ?? {} };
  } catch (error) {
    const { status } = failureOf(error);
    if (status === 404) return undefined;
    if (status !== undefined && status >= 300 && status < 500) {
      const range = { Bucket: bucket, Key: key, Range: "bytes=0-0" };
      const { Body } = await client.send(new sdk.GetObjectCommand(range), send);
      await Body?.transformToByteArray();
    }
    throw error;
  }
}

export function bareEtag(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "");
}
