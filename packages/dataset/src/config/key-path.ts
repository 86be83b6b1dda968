/** Where a value is: keys of tables, indices of arrays (from 0). */
export type KeyPath = readonly (string | number)[];

/** `mappings[1].feature`; keys that TOML would quote are quoted, long ones cut short. */
export function formatPath(path: KeyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text === "" ? "" : "."}${formatKey(part)}`;
  }
  return text;
}

export function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]{1,40}$/.test(key) ? key : JSON.stringify(shorten(key));
}

/** At most 40 code units; a character is not cut in two. */
export function shorten(text: string): string {
  if (text.length <= 40) return text;
  return `${text.slice(0, 39).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The value at `path`; undefined if there is none. */
export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
