import { createHash } from "node:crypto";
import { type Answer, xmlAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import type { Part, Upload } from "../store/object.js";
import { Refusal } from "../refusal.js";
import { elementText, elementTexts } from "../xml.js";
import { checkWrite } from "./conditions.js";
import { bucketOf, type Context } from "./context.js";
import { uploadOf } from "./multipart.js";

/** Makes the object of the parts that the client lists. */
export async function completeUpload(context: Context, request: S3Request): Promise<Answer> {
  const bucket = bucketOf(context, request.bucket);
  const upload = uploadOf(context, request);
  const parts = listedParts(upload, new TextDecoder().decode(request.body), context.minPartSize);
  checkWrite(context, request.headers, bucket.objects.get(request.key));
  const digests = parts.map(({ etag }) => Buffer.from(etag, "hex"));
  const md5 = createHash("md5").update(Buffer.concat(digests)).digest("hex");
  const etag = `${md5}-${parts.length}`;
  await bucket.put(request.key, {
    ...upload.headers,
    content: parts.flatMap(({ content }) => content),
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag,
    modified: context.now(),
  });
  await bucket.endUpload(upload);
  return xmlAnswer("CompleteMultipartUploadResult", {
    Location: `/${request.bucket}/${request.key}`,
    Bucket: request.bucket,
    Key: request.key,
    ETag: `"${etag}"`,
  });
}

function listedParts(upload: Upload, xml: string, minPartSize: number): Part[] {
  let last = 0;
  const listed = elementTexts(xml, "Part").map((element) => {
    const number = Number(elementText(element, "PartNumber"));
    const etag = elementText(element, "ETag")?.replaceAll('"', "");
    const part = upload.parts.get(number);
    if (part === undefined || part.etag !== etag) {
      const message = "One or more of the specified parts could not be found.";
      throw new Refusal("InvalidPart", message, { PartNumber: number });
    }
    if (number <= last) {
      throw new Refusal("InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    last = number;
    return part;
  });
  if (listed.length === 0) throw new Refusal("MalformedXML", "The upload lists no parts.");
  const tooSmall = listed.slice(0, -1).find(({ size }) => size < minPartSize);
  if (tooSmall === undefined) return listed;
  throw new Refusal("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed.", {
    ProposedSize: tooSmall.size,
    MinSizeAllowed: minPartSize,
  });
}
