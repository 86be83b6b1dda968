import { readFileSync } from "node:fs";
import { z } from "zod";

const manifest: unknown = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);
const { name, version } = z.object({ name: z.string(), version: z.string() }).parse(manifest);

/** What episodes name as the software that converted them, e.g. `@roboflow/dataset 1.2.0`. */
export const software = `${name} ${version}`;
