import {
  afterFailure,
  type Condition,
  conditionOf,
  newWriteMark,
  type Written,
} from "./conditional-write.js";
import type { Connection } from "./connection.js";
import { bareEtag } from "./head-object.js";
import type { S3Target } from "./s3-url.js";

/** Writes an object in one request, if the condition holds. */
export async function putObject(
  connection: Connection,
  target: S3Target,
  content: Uint8Array,
  condition: Condition,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const mark = newWriteMark();
  return connection.request("PutObject", "write", target, signal, async (attempt) => {
    const { sdk, client, send } = attempt;
    const decided = await conditionOf(connection, target, condition, attempt);
    if (decided === "refused") return { kind: "refused" };
    try {
      const { ETag } = await client.send(
        new sdk.PutObjectCommand({
          Bucket: target.bucket,
          Key: target.key,
          Body: content,
          ContentLength: content.length,
          Metadata: mark,
          ...decided,
        }),
        send,
      );
      return { kind: "written", identity: bareEtag(ETag) };
    } catch (error) {
      return afterFailure(error, target, condition, mark, attempt);
    }
  });
}
