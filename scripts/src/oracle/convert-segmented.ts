import { join } from "node:path";
import { ROOT } from "../root.js";
import { mustRun } from "../run-command.js";
import type { OracleCase } from "./cases.js";
import { configOf, RECORDINGS, type Conversion } from "./convert-case.js";

/** Converts the recordings with a checkpoint every few frames, without a queue. */
export async function convertSegmented(one: OracleCase, output: string): Promise<Conversion> {
  const files = one.recordings.map((file) => join(RECORDINGS, file));
  const program = join(ROOT, "packages/dataset/scripts/segmented-dataset.ts");
  const node = ["--conditions=@roboflow/source", "--import", "tsx", program];
  await mustRun(process.execPath, [...node, output, configOf(one), ...files], {
    cwd: join(ROOT, "packages/dataset"),
  });
  const jobs = one.recordings.map((id) => ({ id, status: "Completed" }));
  return { jobs, log: "" };
}
