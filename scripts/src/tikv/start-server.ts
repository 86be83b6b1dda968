import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A region as the server's admin address shows it. */
export interface ServedRegion {
  readonly id: number;
  readonly leader_store: number;
}

/** The line that the server prints once it serves. */
interface Ready {
  readonly pd: string;
  readonly stores: readonly { readonly id: number }[];
  readonly admin: string;
}

/** A running PD and its stores; disposing stops them. */
export class TikvServer implements AsyncDisposable {
  constructor(
    private readonly ready: Ready,
    private readonly stop: () => Promise<unknown>,
  ) {}

  get pd(): string {
    return this.ready.pd;
  }

  get stores(): Ready["stores"] {
    return this.ready.stores;
  }

  async regions(): Promise<readonly ServedRegion[]> {
    return (await this.#ask("GET", "/regions")) as ServedRegion[];
  }

  /** @throws Error when a region begins there already */
  async split(key: string): Promise<void> {
    await this.#ask("POST", `/split?key=${Buffer.from(key).toString("hex")}`);
  }

  async moveLeader(region: number, store: number): Promise<void> {
    await this.#ask("POST", `/transfer-leader?region=${region}&store=${store}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #ask(method: string, path: string): Promise<unknown> {
    const answer = await fetch(`http://${this.ready.admin}${path}`, { method });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}

/** @param programs the directory with `tikv-server` and `pd`; sizes are in bytes */
export async function startServer(
  programs: string,
  { stores, regionSize }: { readonly stores: number; readonly regionSize: number },
): Promise<TikvServer> {
  const args = ["-stores", String(stores), "-region-size", String(regionSize), "-stdin"];
  // It stops when its input closes, so it never outlives this process.
  const server = spawn(join(programs, "tikv-server"), args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    ended.then(() => Promise.reject(new Error("tikv-server ended before it served"))),
  ])) as [string];
  return new TikvServer(JSON.parse(line) as Ready, () => {
    server.stdin.end();
    return ended;
  });
}
