import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { roboflow, type Outcome } from "./roboflow.js";

const FIXTURES = fileURLToPath(new URL("../../../../fixtures/recordings/", import.meta.url));

/** A directory of its own with a store, removed at the end. */
export class Workspace implements AsyncDisposable {
  private constructor(
    readonly directory: string,
    readonly store: string,
  ) {}

  /** @param store its URL; by default one on LMDB, in the directory */
  static async create(store?: string): Promise<Workspace> {
    // As the processes see it: on macOS the directory for temporary files is behind a link.
    const directory = await realpath(await mkdtemp(join(tmpdir(), "roboflow-test-")));
    return new Workspace(directory, store ?? `lmdb:${join(directory, "store")}`);
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  /** Copies a fixture's files here, e.g. `12_episode_0.mcap`. */
  async addFixture(...names: string[]): Promise<void> {
    for (const name of names) await cp(join(FIXTURES, name), this.path(name));
  }

  async subdirectory(name: string): Promise<string> {
    await mkdir(this.path(name), { recursive: true });
    return this.path(name);
  }

  /** Runs the command line here, on this workspace's store. */
  run(
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Outcome> {
    return roboflow(args, {
      cwd: options.cwd ?? this.directory,
      // One directory for all of its processes, also when the store is a cluster.
      env: { ROBOFLOW_STORE: this.store, ROBOFLOW_SHARED_PATH: "1", ...options.env },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
