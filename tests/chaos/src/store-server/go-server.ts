import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ClusterControl, StoreServer } from "./store-server.js";

/** The line that the server prints once it serves. */
interface Ready {
  readonly pd: string;
  readonly stores: readonly { readonly id: number }[];
  readonly admin: string;
}

/** A region as the admin address shows it, in order of key. */
interface ServedRegion {
  readonly id: number;
  readonly leader_store: number;
  /** Hex of the user key where it begins. */
  readonly start_user: string;
}

/** Starts a real PD and stores in Go. @param programs directory of `tikv-server` */
export async function startGoServer(programs: string): Promise<StoreServer> {
  // It stops when its input closes, so it never outlives this process.
  const server = spawn(join(programs, "tikv-server"), ["-stores", "3", "-stdin"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(server, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    ended.then(() => Promise.reject(new Error("tikv-server ended before it served"))),
  ])) as [string];
  const ready = JSON.parse(line) as Ready;
  return {
    kind: "go",
    url: `tikv://${ready.pd}`,
    control: new GoControl(ready),
    [Symbol.asyncDispose]: async () => {
      server.stdin.end();
      await ended;
    },
  };
}

/** The server's admin address, as `tools/tikv-server` describes it. */
class GoControl implements ClusterControl {
  readonly #ready: Ready;
  #losing: NodeJS.Timeout | undefined;
  #lost = 0;

  constructor(ready: Ready) {
    this.#ready = ready;
  }

  async split(key: string): Promise<boolean> {
    return (await this.#send("POST", `/split?key=${hex(key)}`)).ok;
  }

  async moveLeader(key: string): Promise<void> {
    const answer = await this.#send("GET", "/regions");
    const regions = (await answer.json()) as ServedRegion[];
    const region = regions.findLast(({ start_user }) => start_user <= hex(key));
    if (region === undefined) return;
    const { stores } = this.#ready;
    const at = stores.findIndex(({ id }) => id === region.leader_store);
    const next = stores[(at + 1) % stores.length];
    if (next !== undefined) {
      await this.#post(`/transfer-leader?region=${region.id}&store=${next.id}`);
    }
  }

  async stopStores(): Promise<void> {
    for (const { id } of this.#ready.stores) {
      await this.#post(`/store/stop?id=${id}&keep-leaders=1`);
    }
  }

  async startStores(): Promise<void> {
    for (const { id } of this.#ready.stores) await this.#post(`/store/start?id=${id}`);
  }

  async stopPdLeader(): Promise<void> {
    await this.#post("/pd/stop");
  }

  async startPd(): Promise<void> {
    await this.#post("/pd/start");
  }

  async loseCommitAnswers(oneOf: number): Promise<number> {
    clearInterval(this.#losing);
    const lost = this.#lost;
    this.#lost = 0;
    if (oneOf === 0) {
      await this.#send("DELETE", "/fault");
      return lost;
    }
    // It can only lose the next answer; a commit is one or two of these commands.
    this.#losing = setInterval(() => {
      this.#lost += 1;
      const method = this.#lost % 3 === 0 ? "KvCommit" : "KvPrewrite";
      const body = JSON.stringify({ kind: "lost-reply", method, count: 1 });
      void this.#send("POST", "/fault", body).catch(() => {});
    }, oneOf * 60);
    return lost;
  }

  async #post(path: string): Promise<void> {
    const answer = await this.#send("POST", path);
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  }

  #send(method: string, path: string, body?: string): Promise<Response> {
    const init = body === undefined ? { method } : { method, body };
    return fetch(`http://${this.#ready.admin}${path}`, init);
  }
}

function hex(key: string): string {
  return Buffer.from(key).toString("hex");
}
