import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { StorageError } from "./error.js";

const ABSOLUTE_URL = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The one URL of a file or object: a path is taken from `cwd`, a URL is normalized. A trailing slash
 * stays, as it marks a directory.
 * @throws StorageError `ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL`
 */
export function toUrl(pathOrUrl: string, cwd: string): string {
  if (!ABSOLUTE_URL.test(pathOrUrl)) return fileUrl(pathOrUrl, cwd);
  const url = parseUrl(pathOrUrl);
  return url.protocol === "file:" ? fileUrl(toPath(url.href), "/") : url.href;
}

/**
 * The local path of a `file:` URL.
 * @throws StorageError `ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL`
 */
export function toPath(url: string): string {
  const parsed = parseUrl(url);
  if (parsed.protocol !== "file:") throw unsupported(url, "is not a file: URL");
  if (/[?#]/.test(url)) {
    throw unsupported(url, "has a query or fragment", "Write ? as %3F and # as %23.");
  }
  let path: string;
  try {
    path = fileURLToPath(parsed);
  } catch (error) {
    throw unsupported(url, "names no local path", undefined, error);
  }
  if (path.includes("\0")) throw unsupported(url, "holds a zero byte");
  return path;
}

/**
 * The URL of what lies below a directory's URL. Segments are plain names, or several joined by `/`;
 * they are percent-encoded here, and can't leave the directory.
 * @throws StorageError `ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL`
 */
export function joinUrl(base: string, ...segments: string[]): string {
  let url = base;
  for (const name of segments.flatMap((segment) => segment.split(/(?<=\/)/))) {
    const bare = name.endsWith("/") ? name.slice(0, -1) : name;
    if (bare === "" || bare === "." || bare === ".." || bare.includes("\0")) {
      throw unsupported(base, `has no place for the name ${JSON.stringify(bare)}`);
    }
    url = `${url.endsWith("/") ? url : `${url}/`}${encodeSegment(bare)}${name === bare ? "" : "/"}`;
  }
  return url;
}

/** The scheme of a URL with its colon, e.g. `file:`; undefined if it is no absolute URL. */
export function schemeOf(url: string): string | undefined {
  return ABSOLUTE_URL.test(url) ? url.slice(0, url.indexOf(":") + 1).toLowerCase() : undefined;
}

/** Whether the URL names a local file (`file:`), which only processes that share the disk can read. */
export function isLocalUrl(url: string): boolean {
  return schemeOf(url) === "file:";
}

/**
 * Percent-encodes one name: all but the `pchar` of RFC 3986, 3.3. (`pathToFileURL` leaves more as it
 * is, and loses control characters at the ends.)
 */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name.replaceAll(/\p{Cs}/gu, "\uFFFD")).replaceAll(
    /%(?:3A|40|24|26|2B|2C|3B|3D)/g,
    decodeURIComponent,
  );
}

function fileUrl(path: string, cwd: string): string {
  if (path.includes("\0")) throw unsupported(path.replaceAll("\0", "\\0"), "holds a zero byte");
  const absolute = resolve(cwd, path);
  const segments = absolute.split(sep).map(encodeSegment).join("/");
  const isDirectory = path.endsWith("/") && absolute !== "/";
  return `file://${segments.startsWith("/") ? "" : "/"}${segments}${isDirectory ? "/" : ""}`;
}

function parseUrl(url: string): URL {
  try {
    return new URL(url);
  } catch (error) {
    throw unsupported(url, "is not a valid URL", undefined, error);
  }
}

function unsupported(url: string, problem: string, hint?: string, cause?: unknown): StorageError {
  return new StorageError("ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL", `${url} ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
