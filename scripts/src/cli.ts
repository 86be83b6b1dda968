import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./root.js";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Node's arguments that run the command line from source; its own arguments follow. */
export const CLI: readonly string[] = [
  "--conditions=@roboflow/source",
  "--import",
  tsx,
  join(ROOT, "apps/cli/src/main.ts"),
];
