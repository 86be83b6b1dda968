import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { StartedProcess } from "../process/started-process.js";
import type { Machine, Program } from "../program/program.js";

/** Seconds. Short, so that a run need not wait two minutes for a dead worker's jobs. */
const LEASE_S = 3;
const TIMES = ["--lease", `${LEASE_S}`, "--heartbeat", "0.7", "--grace", "20"];
export const LEASE_MS = LEASE_S * 1000;

/** How a machine of the fleet differs from an ordinary one. */
export interface MachineKind extends Partial<Pick<Machine, "env" | "wrapper">> {
  /** What its worker does; all of it if left out. */
  readonly role?: "worker" | "finalizer";
}

export interface FleetOptions {
  readonly program: Program;
  /** Machines get their directories here. */
  readonly directory: string;
  /** What every process needs: the store's URL, credentials. */
  readonly env: NodeJS.ProcessEnv;
  /** One for each machine. */
  readonly machines: readonly MachineKind[];
}

/** One machine and the worker that runs on it at the moment. */
export class Worker {
  readonly machine: Machine;
  readonly role: MachineKind["role"];
  #process: StartedProcess | undefined;

  constructor(machine: Machine, role: MachineKind["role"]) {
    this.machine = machine;
    this.role = role;
  }

  get process(): StartedProcess | undefined {
    return this.#process?.isRunning ? this.#process : undefined;
  }

  run(process: StartedProcess): void {
    this.#process = process;
  }
}

/** Worker processes on machines of their own; one that dies is started again, as a cluster would. */
export class Fleet {
  readonly workers: readonly Worker[];
  /** Ends of processes that nobody asked for. */
  readonly crashes: string[] = [];
  readonly #options: FleetOptions;
  readonly #killed = new WeakSet<StartedProcess>();
  readonly #supervised: Promise<void>[] = [];
  #stopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.workers = options.machines.map(({ env = {}, role, wrapper }, index) => {
      const directory = join(options.directory, `worker-${index}`);
      const machine = { directory, env: { ...options.env, ...env } };
      return new Worker(wrapper === undefined ? machine : { ...machine, wrapper }, role);
    });
  }

  start(): void {
    for (const worker of this.workers) this.#supervised.push(this.#supervise(worker));
  }

  /** The worker with this process id. */
  byPid(pid: number): Worker | undefined {
    return this.workers.find(({ process }) => process?.pid === pid);
  }

  /** kill -9. @param whole with its children, as when the machine dies */
  async kill(worker: Worker, { whole }: { readonly whole: boolean }): Promise<void> {
    const { process } = worker;
    if (process === undefined) return;
    this.#killed.add(process);
    process.signal("SIGKILL", { whole });
    await process.ended;
  }

  /** SIGTERM, so that they hand back what they hold. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { process } of this.workers) {
      process?.signal("SIGCONT", { whole: true });
      process?.signal("SIGTERM", { whole: false });
    }
    await Promise.all(this.#supervised);
  }

  /** kill -9 of all that is left, whatever it was doing. */
  async destroy(): Promise<void> {
    this.#stopping = true;
    for (const worker of this.workers) await this.kill(worker, { whole: true });
    await Promise.all(this.#supervised);
  }

  async #supervise(worker: Worker): Promise<void> {
    const { program } = this.#options;
    await mkdir(worker.machine.directory, { recursive: true });
    while (!this.#stopping) {
      const process = await program.start(worker.machine, [
        "worker",
        ...(worker.role === undefined ? [] : ["--role", worker.role]),
        ...TIMES,
        "--log-format",
        "json",
        "--log-level",
        "debug",
      ]);
      worker.run(process);
      if (this.#stopping) process.signal("SIGTERM", { whole: false });
      const { code, signal } = await process.ended;
      // One that was only about to start has no handler yet.
      const stopped = this.#stopping && (code === 0 || signal === "SIGTERM");
      if (this.#killed.has(process) || stopped) continue;
      this.crashes.push(
        `${worker.machine.directory}: the worker ended with ${signal ?? `exit code ${code}`}`,
      );
      if (this.crashes.length > 5) return;
    }
  }
}
