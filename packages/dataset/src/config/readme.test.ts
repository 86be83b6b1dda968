import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { ConfigTables } from "./schema.js";
import { tablesAt } from "./schema-keys.js";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Rows of the README's tables of keys, as `key: default`; every row has type and effect too. */
function documented(): string[] {
  const [, section = ""] = README.split(/^## Configuration$/m);
  const [own = ""] = section.split(/^## /m);
  return own.split("\n").flatMap((line) => {
    const [key = "", type = "", value = "", effect = ""] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (!/^`[a-z_.]+`$/.test(key)) return [];
    expect(type, key).not.toBe("");
    expect(effect, key).not.toBe("");
    return [`${key.slice(1, -1)}: ${value.replaceAll("`", "")}`];
  });
}

/** Keys of the schema with their defaults; a table with variants has those of all of them. */
function accepted(): string[] {
  const rows: string[] = [];
  for (const [name, schema] of Object.entries(ConfigTables.shape)) {
    const tables = [...tablesAt(schema, []), ...tablesAt(schema, [0])];
    if (tables.length === 0) rows.push(`${name}: ${defaultOf([schema])}`);
    for (const key of new Set(tables.flatMap((table) => Object.keys(table.shape)))) {
      rows.push(`${name}.${key}: ${defaultOf(tables.flatMap(({ shape }) => shape[key] ?? []))}`);
    }
  }
  return rows;
}

function defaultOf(variants: readonly z.core.$ZodType[]): string {
  const values = variants.flatMap((schema) =>
    schema instanceof z.ZodDefault ? [String(schema.def.defaultValue)] : [],
  );
  if (values.length > 0) return [...new Set(values)].join(" / ");
  return variants.some((schema) => schema instanceof z.ZodOptional) ? "–" : "required";
}

it("documents every key with its default", () => {
  expect(documented().toSorted()).toEqual(accepted().toSorted());
});
