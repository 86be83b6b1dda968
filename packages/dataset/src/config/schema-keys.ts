import { z } from "zod";
import type { KeyPath } from "./key-path.js";

/** The tables that may stand at `path`: several where a table has variants, none where no table may. */
export function tablesAt(schema: unknown, path: KeyPath): z.ZodObject[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => tablesAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return inner instanceof z.ZodObject ? [inner] : [];
  if (inner instanceof z.ZodArray) {
    return typeof first === "number" ? tablesAt(inner.element, rest) : [];
  }
  if (inner instanceof z.ZodObject) return tablesAt(inner.shape[first], rest);
  return [];
}

/** `key = "value"` of the tables' literal keys: what sets variants of a table apart. */
export function variantsOf(
  tables: readonly z.ZodObject[],
): { key: string; values: string[] } | undefined {
  for (const key of Object.keys(tables[0]?.shape ?? {})) {
    const values = tables.flatMap((table) => {
      const value = unwrap(table.shape[key]);
      return value instanceof z.ZodLiteral ? [...value.values].map(String) : [];
    });
    if (values.length > 0) return { key, values };
  }
  return undefined;
}

/** The schema beneath default(), prefault() and optional(). */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional
  ) {
    inner = inner.unwrap();
  }
  return inner;
}
