import { toUrl } from "@roboflow/storage";
import { CliError } from "../error.js";

/** One directory has one URL, with or without a slash at its end. */
export function directoryUrl(pathOrUrl: string, cwd: string): string {
  const url = toUrl(pathOrUrl, cwd);
  if (!url.startsWith("file:") && !/^[a-z0-9+.-]+:\/\/[^/]/i.test(url)) {
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", `${pathOrUrl} names no bucket`, {
      hint: "write s3://bucket/path",
    });
  }
  return url.replace(/(?<=[^/:])\/+$/, "");
}
