import { readFile, link, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newId, sha256Hex } from "@roboflow/core";
import { TEMPORARY_PREFIX, unlinkIfPresent } from "./durable-file.js";
import { StorageError } from "./error.js";
import { errnoCode } from "./fs-error.js";

/** A replacement takes milliseconds; whoever holds its claim for longer is stopped, or on another host. */
const PATIENCE_MS = 10_000;
const POLL_MS = 10;

/**
 * Runs `work` as the only one that may replace this content of the file: the right to do so is a
 * file beside it, named after the content's identity, that only one can create. `work` looks again
 * whether the content is still that, and says whether it replaced it.
 *
 * The claim of a process that died is not removed, which others could do at the same time as well,
 * but followed by one with the next number. Once the content is replaced, all its claims mean nothing.
 */
export async function withSwapClaim(
  path: string,
  identity: string,
  work: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<boolean> {
  const digest = sha256Hex(new TextEncoder().encode(`${basename(path)}\n${identity}`));
  const claim = (n: number): string =>
    join(dirname(path), `${TEMPORARY_PREFIX}swap-${digest.slice(0, 32)}-${n}`);
  const number = await takeFirst(claim, path, signal);
  let replaced = false;
  try {
    replaced = await work();
  } finally {
    await unlinkIfPresent(claim(number));
  }
  if (replaced)
    await Promise.all(Array.from({ length: number }, (_, n) => unlinkIfPresent(claim(n))));
  return replaced;
}

/** Creates the first claim that no dead process holds; waits for one that is alive. */
async function takeFirst(
  claim: (n: number) => string,
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  const own = join(dirname(path), `${TEMPORARY_PREFIX}${newId()}`);
  await writeFile(own, JSON.stringify(await thisProcess()), { flag: "wx" });
  try {
    const deadline = performance.now() + PATIENCE_MS;
    for (let n = 0; ;) {
      // A link shows the claim with its content, so nobody reads half an owner.
      if (await linked(own, claim(n))) return n;
      const state = await stateOf(claim(n));
      if (state === "dead") n += 1;
      else if (performance.now() > deadline) throw heldTooLong(path, claim(n));
      else if (state === "alive") await sleep(POLL_MS, undefined, signal && { signal });
    }
  } finally {
    await unlinkIfPresent(own);
  }
}

function heldTooLong(path: string, claim: string): StorageError {
  return new StorageError(
    "ERR_ROBOFLOW_STORAGE_IO",
    `${path}: another process has been replacing it for ${PATIENCE_MS / 1000} s`,
    {
      permanence: "transient",
      hint: `If that process is gone (it ran on another host), remove ${claim}.`,
    },
  );
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw error;
  }
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid; empty where the system does not say. */
  readonly start: string;
}

async function thisProcess(): Promise<Owner> {
  return { host: hostname(), pid: process.pid, start: await startOf(process.pid) };
}

async function stateOf(claim: string): Promise<"alive" | "dead" | "gone"> {
  let text: string;
  try {
    text = await readFile(claim, "utf8");
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return "gone";
    throw error;
  }
  const owner = parseOwner(text);
  // Unknown, or elsewhere: nobody here can tell that it is dead.
  if (owner === undefined || owner.host !== hostname()) return "alive";
  if (!isRunning(owner.pid)) return "dead";
  return owner.start === (await startOf(owner.pid)) ? "alive" : "dead";
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    if (!("host" in value && "pid" in value && "start" in value)) return undefined;
    const { host, pid, start } = value;
    if (typeof host !== "string" || typeof pid !== "number" || typeof start !== "string") {
      return undefined;
    }
    return { host, pid, start };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoCode(error) === "EPERM";
  }
}

/** Boot and time of start, from proc(5): field 22 of `stat`, counted behind the name in brackets. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const behindName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${boot.trim()}:${behindName[19] ?? ""}`;
  } catch {
    return "";
  }
}
