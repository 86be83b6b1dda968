/**
 * The path of a listed file below a directory's URL, decoded, `/` separated. Both are decoded first,
 * as not everybody encodes the same characters.
 */
export function relativePath(directoryUrl: string, url: string): string {
  const base = directoryUrl.endsWith("/") ? directoryUrl : `${directoryUrl}/`;
  return decode(url).slice(decode(base).length);
}

const decode = (url: string): string => url.split("/").map(decodeURIComponent).join("/");
