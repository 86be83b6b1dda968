import { silentLogger, type LogFields } from "@roboflow/core";
import { expect, it } from "vitest";
import { workerRig } from "../../test/worker/worker-rig.js";
import { ChildRunner } from "./child-runner.js";

it("what the child of a job logs carries job, attempt and worker", async () => {
  await using rig = await workerRig();
  const [file] = await rig.record("text");
  if (file === undefined) throw new Error("no file");
  await rig.submit([{ ...file, task: "log" }]);
  const lines: [string, LogFields | undefined][] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => void lines.push([message, fields]),
  };
  const child = new ChildRunner({
    entry: new URL("../../test/worker/child-entry.ts", import.meta.url),
    execArgv: ["--conditions=@roboflow/source", "--import", "tsx"],
  });
  const worker = rig.worker({ convert: child.convert, roles: ["worker"], logger });
  const run = worker.run();
  const { jobId, attempt, worker: by } = await rig.event("completed");
  await worker.drain();
  await run;
  expect(attempt).toBe(1);
  expect(by).toBe(worker.id);
  expect(lines).toEqual([
    ["careful", expect.objectContaining({ job: jobId, attempt: 1, worker: worker.id, at: "5" })],
  ]);
});
