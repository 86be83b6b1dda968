import { createHash, createHmac } from "node:crypto";

/** What a request's signature is computed from. */
export interface SignedParts {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Lower-case names, in the order they were signed. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly time: string;
  readonly region: string;
}

/** AWS Signature Version 4 of a request to S3, as 64 hex digits. */
export function signatureOf(parts: SignedParts, secretAccessKey: string): string {
  const date = parts.time.slice(0, 8);
  const scope = `${date}/${parts.region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonicalRequest(parts)).digest("hex");
  const toSign = ["AWS4-HMAC-SHA256", parts.time, scope, hash].join("\n");
  const key = [date, parts.region, "s3", "aws4_request"].reduce<string | Buffer>(
    (secret, text) => hmac(secret, text),
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, toSign).toString("hex");
}

function canonicalRequest(parts: SignedParts): string {
  const [path = "", query = ""] = parts.target.split("?");
  const headers = parts.signedHeaders.map(
    (name) => `${name}:${(parts.headers.get(name) ?? "").trim().replaceAll(/ +/g, " ")}\n`,
  );
  return [
    parts.method,
    path.split("/").map(reencode).join("/"),
    query.split("&").filter(Boolean).map(canonicalPair).sort().join("&"),
    headers.join(""),
    parts.signedHeaders.join(";"),
    parts.payloadHash,
  ].join("\n");
}

function canonicalPair(pair: string): string {
  const [name = "", ...value] = pair.split("=");
  return `${reencode(name)}=${reencode(value.join("="))}`;
}

/** Exactly the unreserved characters of RFC 3986 stay as they are. */
function reencode(text: string): string {
  return encodeURIComponent(decodeURIComponent(text)).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
