import type { Outcome } from "./roboflow.js";
import type { Workspace } from "./workspace.js";

/** What a user reads on stderr, and the exit code; what differs from run to run is left out. */
export function messages({ code, stderr }: Outcome, workspace: Workspace): string {
  const lines = stderr
    .replaceAll(workspace.directory, "<dir>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
    .replaceAll(/[0-9a-f]{64}/g, "<hash>")
    .replaceAll(/convert-[0-9a-f]{32}/g, "convert-<hash>")
    .split("\n")
    .filter((line) => line !== "" && !/ \[[#-]+\] /.test(line));
  return [...lines, `exit ${code}`].join("\n");
}
