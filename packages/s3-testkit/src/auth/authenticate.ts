import { createHash, timingSafeEqual } from "node:crypto";
import { UNSIGNED_CHUNKS } from "../http/aws-chunked.js";
import { Refusal } from "../refusal.js";
import type { Credentials } from "./credentials.js";
import { signatureOf } from "./canonical.js";

/** How far a client's clock may be off, as with S3. */
const MAX_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]*)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

export interface SignedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

export interface Authority {
  readonly region: string;
  readonly known: readonly Credentials[];
  /** Keys and session tokens that were valid once. */
  readonly expired: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Whose request it is: checks key, session token, region, time, signature and the hash of the body.
 * @throws Refusal with the code that S3 gives
 */
export function authenticate(request: SignedRequest, authority: Authority): Credentials {
  const header = request.headers.get("authorization");
  if (header === undefined) throw new Refusal("AccessDenied", "Access Denied");
  const [, accessKeyId = "", date = "", region = "", signed = "", signature = ""] =
    AUTHORIZATION.exec(header) ?? [];
  if (signature === "") {
    throw new Refusal("AuthorizationHeaderMalformed", "The authorization header is malformed.");
  }
  const token = request.headers.get("x-amz-security-token");
  if (authority.expired.has(accessKeyId) || (token && authority.expired.has(token))) {
    throw new Refusal("ExpiredToken", "The provided token has expired.");
  }
  const credentials = authority.known.find((known) => known.accessKeyId === accessKeyId);
  if (credentials === undefined) {
    const message = "The AWS Access Key Id you provided does not exist in our records.";
    throw new Refusal("InvalidAccessKeyId", message, { AWSAccessKeyId: accessKeyId });
  }
  if (credentials.sessionToken !== token) {
    throw new Refusal("InvalidToken", "The provided token is malformed or otherwise invalid.");
  }
  if (region !== authority.region) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${authority.region}'`;
    throw new Refusal("AuthorizationHeaderMalformed", message, { Region: authority.region });
  }
  const time = request.headers.get("x-amz-date") ?? "";
  checkTime(time, date, authority.now());
  const signedHeaders = signed.split(";");
  const unsigned = [...request.headers.keys()].filter(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    const message = "There were headers present in the request which were not signed";
    throw new Refusal("AccessDenied", message, { HeadersNotSigned: unsigned.join(",") });
  }
  const payloadHash = request.headers.get("x-amz-content-sha256") ?? "";
  const expected = signatureOf(
    { ...request, signedHeaders, payloadHash, time, region },
    credentials.secretAccessKey,
  );
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) {
    const message =
      "The request signature we calculated does not match the signature you provided.";
    throw new Refusal("SignatureDoesNotMatch", message, { AWSAccessKeyId: accessKeyId });
  }
  checkBody(payloadHash, request.body);
  return credentials;
}

function checkTime(time: string, date: string, now: number): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
  const sent = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(sent) || !time.startsWith(date)) {
    throw new Refusal("AccessDenied", "AWS authentication requires a valid Date header");
  }
  if (Math.abs(sent - now) <= MAX_SKEW_MS) return;
  throw new Refusal(
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    {
      RequestTime: time,
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: MAX_SKEW_MS,
    },
  );
}

function checkBody(payloadHash: string, body: Uint8Array): void {
  if (payloadHash === "UNSIGNED-PAYLOAD" || payloadHash === UNSIGNED_CHUNKS) return;
  if (payloadHash.startsWith("STREAMING-")) {
    throw new Refusal("NotImplemented", `${payloadHash} is not supported by the testkit.`);
  }
  if (createHash("sha256").update(body).digest("hex") === payloadHash) return;
  throw new Refusal(
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}
