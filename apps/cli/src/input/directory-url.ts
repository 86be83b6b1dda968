import { toUrl } from "@roboflow/storage";

/** One directory has one URL, with or without a slash at its end. */
export function directoryUrl(pathOrUrl: string, cwd: string): string {
  return toUrl(pathOrUrl, cwd).replace(/(?<=[^/])\/+$/, "");
}
