import { S3Client } from "@aws-sdk/client-s3";
import type { Credentials, S3TestServer } from "../src/index.js";

/** Amazon's own client on a server, without retries, so that each fault shows. */
export function connect(
  { url, env, region }: S3TestServer,
  options: { readonly credentials?: Credentials; readonly region?: string } = {},
): S3Client & Disposable {
  const client = new S3Client({
    endpoint: url,
    forcePathStyle: true,
    maxAttempts: 1,
    region: options.region ?? region,
    credentials: options.credentials ?? {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}
