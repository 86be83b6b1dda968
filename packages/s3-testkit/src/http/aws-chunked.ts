import { Refusal } from "../refusal.js";

/** What clients say in `x-amz-content-sha256` of a body in chunks with a checksum behind it. */
export const UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

const LINE_END = Buffer.from("\r\n");

export interface Unchunked {
  readonly body: Uint8Array;
  /** The headers behind the body, e.g. `x-amz-checksum-crc32`, by lower-case name. */
  readonly trailers: ReadonlyMap<string, string>;
}

/**
 * Joins a body in the encoding `aws-chunked`: each chunk's length in hex on a line, then its bytes;
 * after an empty one the trailers.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 * @throws Refusal `IncompleteBody`
 */
export function unchunk(encoded: Uint8Array): Unchunked {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const chunks: Uint8Array[] = [];
  let at = 0;
  const line = (): string => {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) throw incomplete();
    const text = bytes.toString("latin1", at, end);
    at = end + LINE_END.length;
    return text;
  };
  for (;;) {
    const header = line();
    if (!/^[0-9a-f]{1,8}$/i.test(header)) throw incomplete();
    const length = Number.parseInt(header, 16);
    if (length === 0) break;
    if (at + length > bytes.length) throw incomplete();
    chunks.push(bytes.subarray(at, at + length));
    at += length;
    if (line() !== "") throw incomplete();
  }
  const trailers = new Map<string, string>();
  while (at < bytes.length) {
    const [name = "", ...value] = line().split(":");
    if (name !== "") trailers.set(name.toLowerCase(), value.join(":").trim());
  }
  return { body: Buffer.concat(chunks), trailers };
}

function incomplete(): Refusal {
  return new Refusal("IncompleteBody", "The body is not what its aws-chunked encoding says.");
}
