import { homedir } from "node:os";
import { join } from "node:path";

/** Where commands keep what is costly to make: programs they built, environments they installed. */
export function cacheDir(): string {
  const given = process.env["ROBOFLOW_CACHE_DIR"];
  if (given) return given;
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "roboflow");
}
