/** A decoded message or part of one. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !isList(value);
}

/** An array or typed array, as decoded from a sequence. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** What is at the path; undefined where a part of it is absent. */
export function valueAt(message: unknown, path: readonly string[]): unknown {
  let value = message;
  for (const part of path) value = isFields(value) ? value[part] : undefined;
  return value;
}

/** A number, 64-bit integer or boolean as number; undefined for anything else. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  return undefined;
}

/** A list of numbers, 64-bit integers or booleans (an empty list is one). */
export function isNumericList(value: unknown): value is ArrayLike<number | bigint | boolean> {
  return isList(value) && (value.length === 0 || asNumber(value[0]) !== undefined);
}
