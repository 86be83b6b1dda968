import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configJsonSchema } from "./json-schema.js";

it("is what the package ships (`pnpm --filter @roboflow/dataset schema` writes it anew)", () => {
  const file = new URL("../../lerobot-config.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(configJsonSchema());
});

it("refuses unknown keys and asks only for what has no default", () => {
  expect(configJsonSchema()).toMatchObject({
    required: ["dataset", "mappings"],
    additionalProperties: false,
    properties: {
      dataset: { required: ["name", "fps"], additionalProperties: false },
      video: { default: {} },
    },
  });
});
