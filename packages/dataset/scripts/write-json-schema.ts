import { writeFile } from "node:fs/promises";
import { configJsonSchema } from "../src/config/json-schema.js";

const file = new URL("../lerobot-config.schema.json", import.meta.url);
await writeFile(file, JSON.stringify(configJsonSchema(), null, 2));
