/**
 * Fills in a path template of `meta/info.json` as Python's `str.format` does, for `{name}` and
 * zero-padded integers such as `{chunk_index:03d}`; anything else stays as it is.
 */
export function formatPath(
  template: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return template.replaceAll(/\{(\w+)(?::0(\d+)d)?\}/g, (whole, name: string, digits?: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value).padStart(Number(digits ?? 0), "0");
  });
}
