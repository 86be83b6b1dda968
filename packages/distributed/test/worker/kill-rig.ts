import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { joinUrl } from "@roboflow/storage";
import type { NewJob } from "../../src/queue/submit-request.js";
import { LmdbStore } from "../../src/store/lmdb-store.js";
import { DATASET } from "./fake-conversion.js";
import { workerRig, type WorkerRig } from "./worker-rig.js";

const SCRIPT = fileURLToPath(new URL("./worker-process.ts", import.meta.url));

/** A store on disk, a batch in it, and workers in processes of their own. */
export interface KillRig extends WorkerRig {
  /** Starts a worker process; resolves at its end with its exit code. */
  start(): ChildProcess;
  /** Starts one and waits until all is published. */
  finish(): Promise<void>;
  /** Makes every conversion or assembly wait, until `release`. */
  hold(step: "convert" | "assemble"): Promise<void>;
  release(step: "convert" | "assemble"): Promise<void>;
  /** Process id of a child that waits at the step. */
  waitingAt(step: "convert" | "assemble"): Promise<number>;
  /** The published dataset's exact content. */
  dataset(): Promise<string>;
}

export async function killRig(): Promise<KillRig> {
  const path = await mkdtemp(join(tmpdir(), "roboflow-kill-"));
  const rig = await workerRig(await LmdbStore.open(join(path, "store")));
  const { directory } = rig;
  const started: ChildProcess[] = [];
  const start = (): ChildProcess => {
    const worker = spawn(
      process.execPath,
      ["--conditions=@roboflow/source", "--import", "tsx", SCRIPT, join(path, "store")],
      {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, ROBOFLOW_TEST_DIRECTORY: directory },
      },
    );
    started.push(worker);
    return worker;
  };
  return {
    ...rig,
    start,
    async finish() {
      const [code] = await once(start(), "exit");
      if (code !== 0) throw new Error(`The worker ended with exit code ${code}`);
    },
    hold: (step) => writeFile(join(directory, `hold-${step}`), ""),
    release: (step) => rm(join(directory, `hold-${step}`)),
    async waitingAt(step) {
      for (;;) {
        const said = await readFile(join(directory, `at-${step}`), "utf8").catch(() => "");
        if (said.endsWith("\n")) return Number(said);
        await sleep(20);
      }
    },
    async dataset() {
      const content = await rig.storage.readAll(joinUrl(rig.output, DATASET));
      return new TextDecoder().decode(content);
    },
    async [Symbol.asyncDispose]() {
      for (const worker of started) {
        if (worker.exitCode === null && worker.signalCode === null) worker.kill("SIGKILL");
      }
      await rig.store.close();
      await rig[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Three recordings in one batch, the last submitted first in the dataset. */
export async function submitThree(rig: KillRig): Promise<string> {
  const files = await rig.record("one", "two", "three");
  return rig.submit(
    files.map((job, index): NewJob => ({ ...job, ordinal: 2 - index, maxAttempts: 20 })),
  );
}
