import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  type CopyObjectCommandOutput,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { S3TestServer } from "../src/index.js";
import { connect } from "./connect.js";

const Bucket = "robots";

it("takes a stream, which the client sends in chunks with a checksum behind them", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const parts = ["0123", "456789"];
  const put = { Bucket, Key: "stream", Body: Readable.from(parts), ContentLength: 10 };
  await client.send(new PutObjectCommand(put));
  const got = await client.send(new GetObjectCommand({ Bucket, Key: "stream" }));
  expect(await got.Body?.transformToString()).toBe("0123456789");

  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (typeof request !== "object" || request === null || !("body" in request))
        return next(args);
      // Another content of the same length as the checksum is of.
      const broken = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
        for await (const chunk of body) yield Buffer.from(String(chunk).replace("456", "654"));
      };
      request.body = Readable.from(broken(request.body as AsyncIterable<Uint8Array>));
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const again = new PutObjectCommand({ ...put, Body: Readable.from(parts) });
  await expect(client.send(again)).rejects.toMatchObject({ name: "BadDigest" });
});

it("keeps an object with its type, metadata and etag", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const Key = "a dir/épisode 🤖+%41?.bin";
  const put = new PutObjectCommand({
    Bucket,
    Key,
    Body: "0123456789",
    ContentType: "text/plain",
    Metadata: { who: "me" },
  });
  expect((await client.send(put)).ETag).toBe('"781e5e245d69b566979b86e28d23f2c7"');
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  expect(await got.Body?.transformToString()).toBe("0123456789");
  expect(got).toMatchObject({ ContentType: "text/plain", Metadata: { who: "me" } });
  const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({ ContentLength: 10, ETag: got.ETag });
  expect(server.keys(Bucket)).toEqual([Key]);
  await client.send(new DeleteObjectCommand({ Bucket, Key }));
  await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    name: "NoSuchKey",
    $metadata: { httpStatusCode: 404 },
  });
});

it("answers ranges", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  await client.send(new PutObjectCommand({ Bucket, Key: "x", Body: "0123456789" }));
  const read = async (Range: string): Promise<unknown[]> => {
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "x", Range }));
    return [await got.Body?.transformToString(), got.ContentRange];
  };
  expect(await read("bytes=2-4")).toEqual(["234", "bytes 2-4/10"]);
  expect(await read("bytes=8-99")).toEqual(["89", "bytes 8-9/10"]);
  expect(await read("bytes=7-")).toEqual(["789", "bytes 7-9/10"]);
  expect(await read("bytes=-3")).toEqual(["789", "bytes 7-9/10"]);
  await expect(read("bytes=10-")).rejects.toMatchObject({ name: "InvalidRange" });
  expect(server.log.at(-1)).toMatchObject({
    operation: "GetObject",
    method: "GET",
    bucket: Bucket,
    key: "x",
    range: "bytes=10-",
    status: 416,
    error: "InvalidRange",
  });
  expect(server.log.at(-2)).toMatchObject({ range: "bytes=-3", sent: 3, status: 206 });
  expect(server.requests).toBe(6);
});

it("decides reads and writes by etag", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const put = (Body: string, condition: object): Promise<PutObjectCommandOutput> =>
    client.send(new PutObjectCommand({ Bucket, Key: "x", Body, ...condition }));
  const failed = { name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } };
  await expect(put("a", { IfMatch: '"0"' })).rejects.toMatchObject({ name: "NoSuchKey" });
  const { ETag } = await put("a", { IfNoneMatch: "*" });
  await expect(put("b", { IfNoneMatch: "*" })).rejects.toMatchObject(failed);
  await expect(put("b", { IfMatch: '"0"' })).rejects.toMatchObject(failed);
  const get = (condition: object): Promise<unknown> =>
    client.send(new GetObjectCommand({ Bucket, Key: "x", ...condition }));
  await expect(get({ IfMatch: '"0"' })).rejects.toMatchObject(failed);
  await get({ IfMatch: ETag });
  await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  await put("b", { IfMatch: ETag });
  await expect(put("c", { IfMatch: ETag })).rejects.toMatchObject(failed);
});

it("creates once among many that try at once", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      client.send(new PutObjectCommand({ Bucket, Key: "x", Body: `${i}`, IfNoneMatch: "*" })),
    ),
  );
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

it("copies, under a condition too", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket, "others"] });
  using client = connect(server);
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: "a b+c", Body: "x" }));
  const copy = (condition: object): Promise<CopyObjectCommandOutput> =>
    client.send(
      new CopyObjectCommand({
        Bucket: "others",
        Key: "copy",
        CopySource: `${Bucket}/${encodeURIComponent("a b+c")}`,
        ...condition,
      }),
    );
  await expect(copy({ CopySourceIfMatch: '"0"' })).rejects.toMatchObject({
    name: "PreconditionFailed",
  });
  expect((await copy({ CopySourceIfMatch: ETag })).CopyObjectResult?.ETag).toBe(ETag);
  await client.send(new DeleteObjectCommand({ Bucket, Key: "a b+c" }));
  const got = await client.send(new GetObjectCommand({ Bucket: "others", Key: "copy" }));
  expect(await got.Body?.transformToString()).toBe("x");
});

it("lists in the order of bytes, page by page, and by directories", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const keys = ["a", "a b", "a/1", "a/2", "a0", "b&<>", "é/x", "\u{10000}", "\uFF5E"];
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  const listed: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, MaxKeys: 2, ContinuationToken }),
    );
    listed.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  const sorted = keys.map((key) => Buffer.from(key)).sort(Buffer.compare);
  expect(listed).toEqual(sorted.map(String));
  const grouped = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: "a", Delimiter: "/", StartAfter: "a" }),
  );
  expect(grouped.Contents?.map(({ Key }) => Key)).toEqual(["a b", "a0"]);
  expect(grouped.CommonPrefixes).toEqual([{ Prefix: "a/" }]);
  const Objects = keys.map((Key) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(server.keys(Bucket)).toEqual([]);
});

it("makes and removes buckets", async () => {
  await using server = await S3TestServer.start();
  using client = connect(server);
  await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  await expect(client.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: "BucketAlreadyOwnedByYou",
  });
  const { Buckets } = await client.send(new ListBucketsCommand());
  expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
  await client.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" }));
  const remove = (): Promise<unknown> => client.send(new DeleteBucketCommand({ Bucket }));
  await expect(remove()).rejects.toMatchObject({ name: "BucketNotEmpty" });
  await client.send(new DeleteObjectCommand({ Bucket, Key: "x" }));
  await remove();
  await expect(
    client.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })),
  ).rejects.toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
});

it("has its objects again on the same directory, and removes what nothing refers to", async () => {
  const directory = await mkdtemp(join(tmpdir(), "s3-testkit-"));
  try {
    {
      await using server = await S3TestServer.start({ buckets: [Bucket], directory });
      using client = connect(server);
      await client.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
      for (const Body of ["first", "second"]) {
        await client.send(new PutObjectCommand({ Bucket, Key: "kept", Body }));
      }
      const CopySource = `${Bucket}/kept`;
      await client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
      await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    }
    await using server = await S3TestServer.start({ directory });
    using client = connect(server);
    expect(server.keys(Bucket)).toEqual(["copy", "kept"]);
    await client.send(new DeleteObjectCommand({ Bucket, Key: "kept" }));
    const got = await client.send(new GetObjectCommand({ Bucket, Key: "copy" }));
    expect(await got.Body?.transformToString()).toBe("second");
    await client.send(new DeleteObjectCommand({ Bucket, Key: "copy" }));
    expect(await readdir(join(directory, "blobs"))).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("knows conditions of writes as OSS does, if asked to", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket], dialect: "oss" });
  using client = connect(server);
  const put = (condition: object): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x", ...condition }));
  const unknown = { name: "NotImplemented", $metadata: { httpStatusCode: 501 } };
  await expect(put({ IfNoneMatch: "*" })).rejects.toMatchObject(unknown);
  await expect(put({ IfMatch: '"0"' })).rejects.toMatchObject(unknown);
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(Reflect.get(Object(args.request), "headers"), {
        "x-oss-forbid-overwrite": "true",
      });
      return next(args);
    },
    { step: "build" },
  );
  await put({});
  await expect(put({})).rejects.toMatchObject({ name: "FileAlreadyExists" });
});
