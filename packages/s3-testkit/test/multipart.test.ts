import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { S3TestServer } from "../src/index.js";
import { connect } from "./connect.js";

const Bucket = "robots";
const Key = "video.mp4";
const part = (byte: number): Uint8Array => new Uint8Array(1000).fill(byte);

async function begin(client: S3Client): Promise<string> {
  const created = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  return created.UploadId ?? "";
}

async function upload(client: S3Client, UploadId: string, number: number): Promise<string> {
  const Body = part(number);
  const sent = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: number, Body });
  return (await client.send(sent)).ETag ?? "";
}

function complete(
  client: S3Client,
  UploadId: string,
  parts: readonly (readonly [number, string])[],
  condition: object = {},
): Promise<CompleteMultipartUploadCommandOutput> {
  const Parts = parts.map(([PartNumber, ETag]) => ({ PartNumber, ETag }));
  const command = { Bucket, Key, UploadId, MultipartUpload: { Parts }, ...condition };
  return client.send(new CompleteMultipartUploadCommand(command));
}

it("makes an object of uploaded and copied parts, which shows when it is complete", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket], minPartSize: 1000 });
  using client = connect(server);
  await client.send(new PutObjectCommand({ Bucket, Key: "source", Body: "0123456789" }));
  const UploadId = await begin(client);
  const second = await upload(client, UploadId, 2);
  await upload(client, UploadId, 1);
  const first = await upload(client, UploadId, 1);
  const copied = await client.send(
    new UploadPartCopyCommand({
      Bucket,
      Key,
      UploadId,
      PartNumber: 7,
      CopySource: `${Bucket}/source`,
      CopySourceRange: "bytes=3-5",
    }),
  );
  const last = copied.CopyPartResult?.ETag ?? "";
  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 1000],
    [2, 1000],
    [7, 3],
  ]);
  expect(server.keys(Bucket)).toEqual(["source"]);
  expect(server.uploads()).toEqual([{ bucket: Bucket, key: Key, uploadId: UploadId, parts: 3 }]);
  const done = await complete(client, UploadId, [
    [1, first],
    [2, second],
    [7, last],
  ]);
  expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
  expect(server.uploads()).toEqual([]);
  const got = await client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=1998-" }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(
    Buffer.from([2, 2, 0x33, 0x34, 0x35]),
  );
});

it("refuses what is not an upload", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const UploadId = await begin(client);
  const first = await upload(client, UploadId, 1);
  const second = await upload(client, UploadId, 2);
  const refused = async (parts: readonly (readonly [number, string])[]): Promise<unknown> =>
    complete(client, UploadId, parts).catch((error: Error) => error.name);
  expect(
    await refused([
      [1, first],
      [2, second],
    ]),
  ).toBe("EntityTooSmall");
  expect(
    await refused([
      [2, second],
      [1, first],
    ]),
  ).toBe("InvalidPartOrder");
  expect(await refused([[1, second]])).toBe("InvalidPart");
  expect(await refused([[3, first]])).toBe("InvalidPart");
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  expect(await refused([[1, first]])).toBe("NoSuchUpload");
  await expect(upload(client, UploadId, 1)).rejects.toMatchObject({ name: "NoSuchUpload" });
});

it("completes under a condition, and once", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const uploads = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const id = await begin(client);
      return { id, part: await upload(client, id, 1) };
    }),
  );
  const outcomes = await Promise.allSettled(
    uploads.map(({ id, part: etag }) => complete(client, id, [[1, etag]], { IfNoneMatch: "*" })),
  );
  const winners = outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled" ? [outcome.value] : [],
  );
  expect(winners).toHaveLength(1);
  // The others are still there, to be aborted or tried under another condition.
  expect(server.uploads()).toHaveLength(4);
  const other = uploads.find(({ id }) => server.uploads().some(({ uploadId }) => uploadId === id));
  const IfMatch = winners[0]?.ETag;
  await complete(client, other?.id ?? "", [[1, other?.part ?? ""]], { IfMatch });
});

it("lists unfinished uploads page by page", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const ids = [await begin(client), await begin(client), await begin(client)];
  const found: (string | undefined)[] = [];
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    page = await client.send(
      new ListMultipartUploadsCommand({
        Bucket,
        Prefix: "video",
        MaxUploads: 2,
        KeyMarker: page.NextKeyMarker,
        UploadIdMarker: page.NextUploadIdMarker,
      }),
    );
    found.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
  } while (page.IsTruncated);
  expect(found).toEqual([...ids].sort());
});
