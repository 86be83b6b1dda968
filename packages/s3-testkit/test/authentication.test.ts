import { createHash } from "node:crypto";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { signatureOf } from "../src/auth/canonical.js";
import { S3TestServer } from "../src/index.js";
import { connect } from "./connect.js";

const Bucket = "robots";
const put = (Key = "x"): PutObjectCommand => new PutObjectCommand({ Bucket, Key, Body: "abc" });
const get = (): GetObjectCommand => new GetObjectCommand({ Bucket, Key: "x" });
const main = { accessKeyId: "main", secretAccessKey: "s1", sessionToken: "t1" };
const reader = { accessKeyId: "reader", secretAccessKey: "s2", allow: "read" } as const;

it("takes known keys only, for what they allow", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket], credentials: [main, reader] });
  expect(server.env).toMatchObject({ AWS_ACCESS_KEY_ID: "main", AWS_SESSION_TOKEN: "t1" });
  using client = connect(server, { credentials: main });
  await client.send(put());
  using reads = connect(server, { credentials: reader });
  await reads.send(get());
  await expect(reads.send(put())).rejects.toMatchObject({ name: "AccessDenied" });
  const refused = [
    [{ ...main, accessKeyId: "other" }, "InvalidAccessKeyId"],
    [{ ...main, secretAccessKey: "wrong" }, "SignatureDoesNotMatch"],
    [{ ...main, sessionToken: "wrong" }, "InvalidToken"],
  ] as const;
  for (const [credentials, name] of refused) {
    using wrong = connect(server, { credentials });
    await expect(wrong.send(get())).rejects.toMatchObject({ name });
  }
  using elsewhere = connect(server, { credentials: main, region: "eu-west-1" });
  await expect(elsewhere.send(get())).rejects.toMatchObject({
    name: "AuthorizationHeaderMalformed",
    Region: "us-east-1",
  });
  const anonymous = await fetch(`${server.url}/${Bucket}/x`);
  expect(anonymous.status).toBe(403);
});

it("lets credentials expire, and takes new ones", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket], credentials: main });
  using client = connect(server, { credentials: main });
  await client.send(put());
  server.expireCredentials();
  await expect(client.send(get())).rejects.toMatchObject({ name: "ExpiredToken" });
  const renewed = { ...main, sessionToken: "t2" };
  server.setCredentials(renewed);
  using again = connect(server, { credentials: renewed });
  await again.send(get());
});

it("minds its clock", async () => {
  await using server = await S3TestServer.start({
    buckets: [Bucket],
    now: () => Date.now() + 3_600_000,
  });
  using client = connect(server);
  await expect(client.send(put())).rejects.toMatchObject({ name: "RequestTimeTooSkewed" });
});

it("checks what the body's hashes say", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const ContentMD5 = createHash("md5").update("other").digest("base64");
  const wrong = new PutObjectCommand({ Bucket, Key: "x", Body: "abc", ContentMD5 });
  await expect(client.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
  // Signed for one body, sent with another.
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const payloadHash = createHash("sha256").update("abc").digest("hex");
  const headers = new Map([
    ["host", server.url.slice("http://".length)],
    ["x-amz-content-sha256", payloadHash],
    ["x-amz-date", time],
  ]);
  const signedHeaders = [...headers.keys()];
  const parts = {
    method: "PUT",
    target: `/${Bucket}/x`,
    headers,
    signedHeaders,
    payloadHash,
    time,
  };
  const secret = server.env["AWS_SECRET_ACCESS_KEY"] ?? "";
  const signature = signatureOf({ ...parts, region: server.region }, secret);
  const scope = `${time.slice(0, 8)}/${server.region}/s3/aws4_request`;
  headers.set(
    "authorization",
    `AWS4-HMAC-SHA256 Credential=${server.env["AWS_ACCESS_KEY_ID"]}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`,
  );
  const send = (body: string): Promise<Response> =>
    fetch(`${server.url}/${Bucket}/x`, { method: "PUT", headers: [...headers], body });
  expect((await send("abd")).status).toBe(400);
  expect(server.log.at(-1)).toMatchObject({ error: "XAmzContentSHA256Mismatch" });
  expect(server.keys(Bucket)).toEqual([]);
  expect((await send("abc")).status).toBe(200);
});
