import { type Answer, xmlAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import type { Upload } from "../store/object.js";
import { bucketOf, type Context } from "./context.js";
import { uploadOf } from "./multipart.js";

const PAGE = 1000;

export function listObjects(context: Context, request: S3Request): Answer {
  const { query } = request;
  const bucket = bucketOf(context, request.bucket);
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const max = pageSize(query.get("max-keys"));
  const token = query.get("continuation-token");
  const after = Buffer.from(
    token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString(),
  );
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : String;
  const entries = groupKeys(bucket.sortedKeys(), prefix, delimiter).filter(
    ({ name }) => Buffer.compare(Buffer.from(name), after) > 0,
  );
  const page = entries.slice(0, max);
  const isTruncated = entries.length > max;
  const next = Buffer.from(page.at(-1)?.name ?? "").toString("base64url");
  return xmlAnswer("ListBucketResult", {
    Name: request.bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query.get("encoding-type") ?? undefined,
    KeyCount: page.length,
    MaxKeys: max,
    IsTruncated: isTruncated,
    NextContinuationToken: isTruncated ? next : undefined,
    Contents: page.flatMap(({ kind, name }) => {
      const object = kind === "key" ? bucket.objects.get(name) : undefined;
      if (object === undefined) return [];
      const LastModified = new Date(object.modified).toISOString();
      return { Key: encode(name), LastModified, ETag: `"${object.etag}"`, Size: object.size };
    }),
    CommonPrefixes: page.flatMap(({ kind, name }) =>
      kind === "group" ? { Prefix: encode(name) } : [],
    ),
  });
}

export function listUploads(context: Context, request: S3Request): Answer {
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const max = pageSize(query.get("max-uploads"));
  const [keyMarker, idMarker] = [
    query.get("key-marker") ?? "",
    query.get("upload-id-marker") ?? "",
  ];
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : String;
  const uploads = [...bucketOf(context, request.bucket).uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .sort(compareUploads)
    .filter((upload) => compareUploads(upload, { key: keyMarker, id: idMarker || "\uFFFF" }) > 0);
  const page = uploads.slice(0, max);
  const last = page.at(-1);
  return xmlAnswer("ListMultipartUploadsResult", {
    Bucket: request.bucket,
    Prefix: encode(prefix),
    EncodingType: query.get("encoding-type") ?? undefined,
    MaxUploads: max,
    IsTruncated: uploads.length > max,
    NextKeyMarker: last === undefined ? undefined : encode(last.key),
    NextUploadIdMarker: last?.id,
    Upload: page.map(({ key, id, initiated }) => ({
      Key: encode(key),
      UploadId: id,
      Initiated: new Date(initiated).toISOString(),
    })),
  });
}

export function listParts(context: Context, request: S3Request): Answer {
  const upload = uploadOf(context, request);
  const numbers = [...upload.parts].sort(([a], [b]) => a - b);
  return xmlAnswer("ListPartsResult", {
    Bucket: request.bucket,
    Key: request.key,
    UploadId: upload.id,
    IsTruncated: false,
    Part: numbers.map(([PartNumber, { etag, size }]) => ({
      PartNumber,
      ETag: `"${etag}"`,
      Size: size,
    })),
  });
}

type Entry = { readonly kind: "key" | "group"; readonly name: string };

/** The keys below the prefix; those with the delimiter behind it are one group. */
function groupKeys(keys: readonly string[], prefix: string, delimiter: string): Entry[] {
  const entries: Entry[] = [];
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    if (at < 0) entries.push({ kind: "key", name });
    else if (entries.at(-1)?.name !== name) entries.push({ kind: "group", name });
  }
  return entries;
}

function compareUploads(a: Pick<Upload, "key" | "id">, b: Pick<Upload, "key" | "id">): number {
  return (
    Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) ||
    Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))
  );
}

function pageSize(text: string | null): number {
  return Math.min(PAGE, text === null ? PAGE : Number(text));
}
