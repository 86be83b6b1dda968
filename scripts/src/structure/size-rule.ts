import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkspacePackage } from "./workspace.js";

/** Beyond this a file holds more than one concept. */
const MAX_LINES = 600;

const GENERATED = /(^|\/)(gen|generated)\/|_pb\.ts$/;

/** No hand-written TypeScript file is longer than `maxLines`. */
export function checkSizes(
  root: string,
  packages: readonly WorkspacePackage[],
  maxLines = MAX_LINES,
): string[] {
  return packages
    .flatMap(({ files }) => files)
    .filter((file) => !GENERATED.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(root, file), "utf8").split("\n").length - 1;
      return lines > maxLines ? [`${file}: ${lines} lines, more than ${maxLines}`] : [];
    });
}
