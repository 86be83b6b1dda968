import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { S3Request } from "../http/request.js";
import { Refusal } from "../refusal.js";

const CRC = "x-amz-checksum-crc32";

/**
 * The MD5 of the body as hex digits, which is an object's or part's etag.
 * @throws Refusal `BadDigest` where the client sent another one
 */
export function checkedMd5({ body, headers, trailers }: S3Request): string {
  const md5 = createHash("md5").update(body).digest();
  const sent = headers.get("content-md5");
  if (sent !== undefined && sent !== md5.toString("base64")) throw badDigest("Content-MD5");
  const sentCrc = headers.get(CRC) ?? trailers.get(CRC);
  if (sentCrc !== undefined) {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(body));
    if (crc.toString("base64") !== sentCrc) throw badDigest(CRC);
  }
  return md5.toString("hex");
}

function badDigest(name: string): Refusal {
  return new Refusal("BadDigest", `The ${name} you specified did not match what we received.`);
}
