import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { silentLogger, type Logger } from "@roboflow/core";
import { toStorageError } from "@roboflow/storage";

/** Begins the names of all scratch directories; then host, process id, its start, and a random part. */
const PREFIX = "roboflow-scratch";
const NAME = new RegExp(`^${PREFIX}-([0-9a-f]{8})-(\\d+)-(\\d+)-`);

/** A local directory for what is on its way to or from an object store; made at its first use. */
export class Scratch implements AsyncDisposable {
  readonly #root: string;
  #made: Promise<string> | undefined;

  /** `root` is the directory to make it in; created if it is absent. */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  /** @throws StorageError if it can't be made */
  async directory(): Promise<string> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const made = await this.#made?.catch(() => undefined);
    if (made !== undefined) await rm(made, { recursive: true, force: true });
  }

  async #make(): Promise<string> {
    try {
      await mkdir(this.#root, { recursive: true });
      // A killed process can't clean up: the next one on this host does.
      await sweepScratch(this.#root);
      const process = `${hostKey()}-${globalThis.process.pid}-${await startOf(globalThis.process.pid)}`;
      return await mkdtemp(join(this.#root, `${PREFIX}-${process}-`));
    } catch (error) {
      throw toStorageError(error, "make scratch space in", pathToFileURL(this.#root).href);
    }
  }
}

/**
 * Removes the scratch directories that processes of this host left which run no more. Processes that
 * share a scratch directory must see each other: not in containers of separate process ids.
 *
 * @returns how many were removed
 */
export async function sweepScratch(
  scratchDir: string,
  options: { readonly logger?: Logger } = {},
): Promise<number> {
  const { logger = silentLogger } = options;
  let removed = 0;
  for (const name of await readdir(scratchDir).catch(() => [])) {
    const [, host, pid, start] = NAME.exec(name) ?? [];
    if (host !== hostKey() || (await startOf(Number(pid))) === start) continue;
    const path = join(scratchDir, name);
    try {
      await rm(path, { recursive: true, force: true });
      logger.info("removed scratch files of a process that is gone", { path, pid: Number(pid) });
      removed += 1;
    } catch (error) {
      logger.warn("scratch files of a process that is gone can't be removed", {
        path,
        error: String(error),
      });
    }
  }
  return removed;
}

function hostKey(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}

/**
 * What tells a process from a later one of the same id: its start in ticks since boot, where the
 * system says. Undefined if there is no such process.
 */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    // proc(5): the name, field 2, may hold anything; the start is field 22.
    return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  }
  try {
    process.kill(pid, 0);
    return "0";
  } catch (error) {
    // Somebody else's process may not be signalled, but is there.
    return error instanceof Error && "code" in error && error.code === "EPERM" ? "0" : undefined;
  }
}
