import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@roboflow/core";
import { JobQueue, TikvClient, type BatchRecord } from "@roboflow/distributed";
import { toPath } from "@roboflow/storage";
import type { Fault } from "../faults/fault.js";
import { Fleet, type MachineKind } from "../fleet/fleet.js";
import type { StartedProcess } from "../process/started-process.js";
import type { Program } from "../program/program.js";
import { Random } from "../random.js";
import type { Site } from "../site/site.js";
import type { StoreServer } from "../store-server/store-server.js";
import { until } from "../until.js";
import { Figures } from "./figures.js";
import { judge, judgeUndecided } from "./judge.js";
import { Scene } from "./scene.js";
import type { Undisturbed } from "./undisturbed.js";

/** Milliseconds after which a batch that has not come to its end is stuck. */
const STUCK_MS = 480_000;

/** The most that a fault can take of a job in vain must not use up its attempts. */
const SUBMIT = ["--max-attempts", "30", "--json"];

const ORDINARY: readonly MachineKind[] = [{}, {}, {}];

export interface ScenarioOptions {
  readonly seed: number;
  readonly fault: Fault;
  readonly program: Program;
  readonly server: StoreServer;
  readonly site: Site;
  /** Its own; the machines lie here. */
  readonly directory: string;
  /** Path of the dataset config. */
  readonly config: string;
  readonly undisturbed: Undisturbed;
}

export interface ScenarioResult {
  readonly figures: Figures;
  /** What must not be: nothing if all is well. */
  readonly differences: readonly string[];
}

/** Submits a batch to a fleet, lets a fault do its harm, and looks at what came of it. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const { seed, fault, program, server, site, directory, config, undisturbed } = options;
  const random = new Random(seed);
  const figures = new Figures();
  const submitter = join(directory, "submitter");
  await mkdir(submitter, { recursive: true });

  const env = { ROBOFLOW_STORE: server.url, ...site.env };
  // As people write it; the local path and the URL name the same directory.
  const output = site.kind === "local" ? toPath(site.outputUrl) : site.outputUrl;
  const run = (...args: readonly string[]): Promise<StartedProcess> =>
    program.start({ directory: submitter, env }, args);
  const startSubmit = (): Promise<StartedProcess> =>
    run("submit", ...site.recordings, "--config", config, "--output", output, ...SUBMIT);

  const over = new AbortController();
  const stuck = setTimeout(() => over.abort(new Error("the submit did not end")), STUCK_MS);
  let ended = false;
  await using client = await TikvClient.open(server.url, { logger: silentLogger });
  const queue = new JobQueue(client.store);
  const machines = fault.machines?.(random, program) ?? ORDINARY;
  const fleet = new Fleet({ program, directory, env, machines });
  const scene = new Scene({
    random,
    fleet,
    server,
    queue,
    figures,
    site,
    startSubmit,
    startCommand: run,
    over: over.signal,
  });
  const judged = { scene, undisturbed };
  try {
    fleet.start();
    const harm = fault.inflict(scene).catch((error: unknown) => {
      // The batch came to its end first.
      if (!ended) throw error;
    });
    await (fault.submit?.(scene) ?? scene.submit());
    clearTimeout(stuck);
    let batch = await endOf(queue);
    ended = true;
    over.abort();
    await harm;
    const differences: string[] = [];
    while (asksForDecision(batch, fault)) {
      differences.push(...(await judgeUndecided(judged, batch)));
      await scene.command("batches", "finalize", batch.id, "--allow-partial");
      batch = await endOf(queue, { held: false });
    }
    await fleet.stop();
    differences.push(...(await judge(judged)));
    return { figures, differences };
  } finally {
    clearTimeout(stuck);
    over.abort();
    await fleet.destroy();
  }
}

/** Whether somebody must say how it goes on, and the fault may come to that. */
function asksForDecision(batch: BatchRecord, { mayEndIn }: Fault): boolean {
  if (batch.status === "Sealed") return true;
  return batch.status === "Failed" && (mayEndIn?.test(batch.error.message) ?? false);
}

/** The batch once nobody will change it any more, or it waits for a decision. */
function endOf(queue: JobQueue, { held = true } = {}): Promise<BatchRecord> {
  const look = async (): Promise<BatchRecord | undefined> => {
    const { batches } = await queue.listBatches({ limit: 1 });
    const [batch] = batches;
    if (batch === undefined) return undefined;
    switch (batch.status) {
      case "Sealed":
        return held && batch.hold !== null ? batch : undefined;
      case "Published":
      case "Partial":
      case "Cancelled":
        return batch.cleanup ? undefined : batch;
      case "Failed":
        return batch;
      case "Submitting":
      case "Finalizing":
        return undefined;
    }
  };
  // The store may be away.
  return until("the end of the batch", () => look().catch(() => undefined), { limitMs: STUCK_MS });
}
