import { z } from "zod";
import { ConfigTables } from "./schema.js";

/**
 * The config's JSON Schema (draft 7, which TOML editors know), from the same zod schema that checks
 * configs. What JSON Schema can't say (rules between mappings) is left to the check.
 */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(ConfigTables, { target: "draft-7", io: "input" });
  return { ...schema, title: "roboflow config" };
}
