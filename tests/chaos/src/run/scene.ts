import {
  ConfigKeys,
  prefixRange,
  type BatchRecord,
  type JobQueue,
  type JobRecord,
} from "@roboflow/distributed";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet, Worker } from "../fleet/fleet.js";
import type { ProcessEnd, StartedProcess } from "../process/started-process.js";
import type { Random } from "../random.js";
import type { Site } from "../site/site.js";
import type { StoreServer } from "../store-server/store-server.js";
import type { Figures } from "./figures.js";

/** Exit code of the command line. */
const STORE_UNAVAILABLE = 6;

/** What a fault has at hand. */
export interface SceneParts {
  readonly random: Random;
  readonly fleet: Fleet;
  readonly server: StoreServer;
  /** The harness's own view of the store; throws while the store is away. */
  readonly queue: JobQueue;
  readonly figures: Figures;
  readonly site: Site;
  /** Aborts when the batch has come to its end: there is nothing left to disturb. */
  readonly over: AbortSignal;
  /** Starts the submit command; the same again each time. */
  readonly startSubmit: () => Promise<StartedProcess>;
  /** Starts another command of the submitter's machine. */
  readonly startCommand: (...args: readonly string[]) => Promise<StartedProcess>;
}

/** A batch on its way through the fleet. */
export class Scene {
  readonly random: Random;
  readonly fleet: Fleet;
  readonly server: StoreServer;
  readonly queue: JobQueue;
  readonly figures: Figures;
  readonly site: Site;
  readonly over: AbortSignal;
  readonly startSubmit: SceneParts["startSubmit"];
  readonly startCommand: SceneParts["startCommand"];
  /** URLs of recordings that a fault has cut after the submit. */
  readonly truncated = new Set<string>();

  constructor(parts: SceneParts) {
    this.random = parts.random;
    this.fleet = parts.fleet;
    this.server = parts.server;
    this.queue = parts.queue;
    this.figures = parts.figures;
    this.site = parts.site;
    this.over = parts.over;
    this.startSubmit = parts.startSubmit;
    this.startCommand = parts.startCommand;
  }

  /** Runs the submit command to its end, again if the store was away. */
  async submit(): Promise<void> {
    await this.#toItsEnd("submit", this.startSubmit);
  }

  /** Runs another command of the submitter's machine in the same way. */
  async command(...args: readonly string[]): Promise<void> {
    await this.#toItsEnd(args.join(" "), () => this.startCommand(...args));
  }

  async #toItsEnd(name: string, start: () => Promise<StartedProcess>): Promise<void> {
    let end: ProcessEnd;
    do {
      end = await (await start()).ended;
    } while (end.code === STORE_UNAVAILABLE && !this.over.aborted);
    if (end.code !== 0) throw new Error(`roboflow ${name} ended with exit code ${end.code}`);
  }

  /** Milliseconds between the two, at random. */
  async wait(low: number, high: number): Promise<void> {
    await sleep(this.random.between(low, high), undefined, { signal: this.over });
  }

  /** Until the batch has come to its end. */
  async untilOver(): Promise<void> {
    if (!this.over.aborted) await once(this.over, "abort");
  }

  /** Looks very often until there is something; a store that is away shows nothing. */
  async when<T>(look: (scene: Scene) => T | undefined | Promise<T | undefined>): Promise<T> {
    for (;;) {
      this.over.throwIfAborted();
      const found = await Promise.resolve(look(this)).catch(() => undefined);
      if (found !== undefined) return found;
      await sleep(25, undefined, { signal: this.over });
    }
  }

  /** The one batch, once it is there. */
  async batch(): Promise<BatchRecord | undefined> {
    const { batches } = await this.queue.listBatches({ limit: 1 });
    return batches[0];
  }

  /** Whether a submit has got as far as to store its config. */
  async hasConfig(): Promise<boolean> {
    const range = prefixRange(ConfigKeys.configs());
    for await (const _ of this.queue.store.scan({ ...range, limit: 1 })) return true;
    return false;
  }

  async jobs(status: JobRecord["status"]): Promise<readonly JobRecord[]> {
    return (await this.queue.listJobs({ status, limit: 100 })).jobs;
  }

  /** The machine on which a worker of the store runs, if it still does. */
  async workerOf(id: string): Promise<Worker | undefined> {
    const record = (await this.queue.listWorkers()).find((worker) => worker.id === id);
    return record === undefined ? undefined : this.fleet.byPid(record.pid);
  }

  /** Any machine whose worker runs. */
  anyWorker(): Worker | undefined {
    return this.random.pick(this.fleet.workers.filter(({ process }) => process !== undefined));
  }
}
