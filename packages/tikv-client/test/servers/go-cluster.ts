import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type {
  Capability,
  ControlledCluster,
  FaultSpec,
  FoundLock,
  StartOptions,
} from "./controlled-cluster.js";
import { bytesOf, Uncontrolled, uniquePrefix } from "./uncontrolled.js";

/** The line `tools/tikv-server` prints when it serves. */
interface Ready {
  readonly pd: string;
  readonly admin: string;
  readonly stores: readonly { readonly id: number }[];
}

interface RegionInfo {
  readonly id: number;
  /** Hex of its bound as PD keeps it. */
  readonly start: string;
  /** Hex of the user key it begins at. */
  readonly start_user: string;
  readonly leader_store: number;
}

interface LockInfo {
  readonly key: string;
  readonly primary: string;
  readonly start_ts: string;
  readonly type: string;
  readonly async_commit: boolean;
}

/** The test's side of `tools/tikv-server`: a real PD, and stores in Go, in processes of their own. */
export class GoCluster extends Uncontrolled implements ControlledCluster {
  static readonly can: ReadonlySet<Capability> = new Set<Capability>([
    "split",
    "move-leader",
    "stop-store",
    "stop-pd",
    "fault",
    "lost-answer",
    "list-locks",
    "count-calls",
    "clock",
    "raw",
    "client-go",
  ]);

  readonly name = "go";
  readonly can = GoCluster.can;
  readonly tls = undefined;
  readonly prefix = uniquePrefix();
  readonly endpoints: readonly string[];
  readonly storeIds: readonly bigint[];
  readonly #admin: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>, ready: Ready) {
    super();
    this.#process = process;
    this.endpoints = [ready.pd];
    this.#admin = `http://${ready.admin}`;
    this.storeIds = ready.stores.map(({ id }) => BigInt(id));
  }

  /** `program`: what `pnpm test:tikv` has built. It ends with this process, whatever ends that. */
  static async start(program: string, { stores = 1 }: StartOptions): Promise<GoCluster> {
    const args = ["-stdin", "-stores", String(stores), "-region-size", "0"];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    return new GoCluster(child, JSON.parse(await firstLine(child)) as Ready);
  }

  override async split(key: Uint8Array | string, { raw = false } = {}): Promise<void> {
    const wanted = hex(key);
    try {
      await this.#post(`split?key=${wanted}${raw ? "&raw=1" : ""}`);
    } catch (error) {
      // A region may begin there already, or since just now.
      const starts = (await this.#regions()).map((region) =>
        raw ? region.start : region.start_user,
      );
      if (!starts.includes(wanted)) throw error;
    }
  }

  override async leaderOf(key: Uint8Array | string): Promise<bigint> {
    return BigInt((await this.#regionOf(key)).leader_store);
  }

  override async moveLeader(key: Uint8Array | string, storeId?: bigint): Promise<void> {
    const { id, leader_store } = await this.#regionOf(key);
    const store = storeId ?? this.storeIds.find((other) => other !== BigInt(leader_store));
    if (store === undefined) throw new Error("there is no other store");
    await this.#post(`transfer-leader?region=${id}&store=${store}`);
  }

  override async stopStore(id: bigint, { keepLeaders = false } = {}): Promise<void> {
    await this.#post(`store/stop?id=${id}${keepLeaders ? "&keep-leaders=1" : ""}`);
  }

  override async startStore(id: bigint): Promise<void> {
    await this.#post(`store/start?id=${id}`);
  }

  override async stopPd(): Promise<void> {
    await this.#post("pd/stop");
  }

  override async startPd(): Promise<void> {
    await this.#post("pd/start");
  }

  override async fault({ kind, rpc, storeId, times = 1, ms }: FaultSpec): Promise<void> {
    await this.#post("fault", {
      kind: kind === "lost-answer" ? "lost-reply" : kind,
      method: rpc,
      store: storeId === undefined ? undefined : Number(storeId),
      count: times,
      ms,
    });
  }

  override async clearFaults(): Promise<void> {
    await this.#request("DELETE", "fault");
  }

  override async locks(): Promise<FoundLock[]> {
    const locks = (await this.#request("GET", "locks")) as readonly LockInfo[];
    return locks.map((lock) => ({
      key: Buffer.from(lock.key, "hex"),
      primary: Buffer.from(lock.primary, "hex"),
      startTs: BigInt(lock.start_ts),
      type: lock.type,
      asyncCommit: lock.async_commit,
    }));
  }

  override async advanceClock(ms: number): Promise<void> {
    await this.#post(`clock/advance?ms=${ms}`);
  }

  override async calls(rpc: string): Promise<number> {
    const stores = (await this.#request("GET", "calls")) as Record<
      string,
      { readonly calls: Readonly<Record<string, number>> }
    >;
    return Object.values(stores).reduce((sum, { calls }) => sum + (calls[rpc] ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "close");
    this.#process.stdin.end();
    await ended;
  }

  async #regionOf(key: Uint8Array | string): Promise<RegionInfo> {
    const wanted = hex(key);
    const found = (await this.#regions()).findLast(({ start_user }) => start_user <= wanted);
    if (found === undefined) throw new Error(`no region holds ${wanted}`);
    return found;
  }

  async #regions(): Promise<readonly RegionInfo[]> {
    return (await this.#request("GET", "regions")) as readonly RegionInfo[];
  }

  async #post(path: string, body?: unknown): Promise<void> {
    await this.#request("POST", path, body);
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#admin}/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

function hex(key: Uint8Array | string): string {
  return Buffer.from(bytesOf(key)).toString("hex");
}

/** What the program says when it is ready; fails if it ends before. */
async function firstLine(child: ChildProcessByStdio<Writable, Readable, null>): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk as string;
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error(`the server ended before it was ready: ${text}`);
}
