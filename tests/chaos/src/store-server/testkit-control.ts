import type { Call, Interception, TestCluster } from "@roboflow/tikv-testkit";
import type { ClusterControl, CommitWatch } from "./store-server.js";

/** What can go wrong with a cluster of the testkit, in its own process. */
export class TestkitControl implements ClusterControl, CommitWatch {
  readonly #cluster: TestCluster;
  #losing: Interception | undefined;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  async split(key: string): Promise<boolean> {
    const before = this.#cluster.regions().length;
    this.#cluster.split(key);
    return this.#cluster.regions().length > before;
  }

  async moveLeader(key: string): Promise<void> {
    const leader = this.#cluster.regionOf(key).leaderStoreId;
    const running = this.#cluster.stores.filter(({ isRunning }) => isRunning);
    const at = running.findIndex(({ id }) => id === leader);
    const next = running[(at + 1) % running.length];
    if (next !== undefined) this.#cluster.moveLeader(key, next.id);
  }

  async stopStores(): Promise<void> {
    for (const { id } of this.#cluster.stores) {
      await this.#cluster.stopStore(id, { moveLeaders: false });
    }
  }

  async startStores(): Promise<void> {
    for (const { id, isRunning } of this.#cluster.stores) {
      if (!isRunning) await this.#cluster.startStore(id);
    }
  }

  async stopPdLeader(): Promise<void> {
    const leader = this.#cluster.pdLeader;
    if (leader !== undefined) await this.#cluster.stopPd(leader);
  }

  async startPd(): Promise<void> {
    for (const index of this.#cluster.endpoints.keys()) await this.#cluster.startPd(index);
  }

  waitForCommits(count: number, holdMs: number): Promise<void> {
    let left = count;
    return new Promise((resolve) => {
      const watch = this.#cluster.intercept((call) => {
        if (!isCommit(call)) return undefined;
        left -= 1;
        if (left > 0) return undefined;
        watch[Symbol.dispose]();
        resolve();
        return { kind: "delay", ms: holdMs };
      });
    });
  }

  async loseCommitAnswers(oneOf: number): Promise<number> {
    const lost = this.#losing?.acted ?? 0;
    this.#losing?.[Symbol.dispose]();
    this.#losing = undefined;
    if (oneOf === 0) return lost;
    let commits = 0;
    this.#losing = this.#cluster.intercept((call) => {
      if (!isCommit(call)) return undefined;
      commits += 1;
      if (commits % oneOf !== 0) return undefined;
      // A connection that is reset is noticed at once, silence only after the request's time.
      return { kind: (commits / oneOf) % 4 === 0 ? "lose-answer" : "disconnect" };
    });
    return lost;
  }
}

/** Whether the transaction is decided once the call is done. */
function isCommit(call: Call): boolean {
  if (call.rpc === "KvCommit") return true;
  return call.rpc === "KvPrewrite" && (call.request.tryOnePc || call.request.useAsyncCommit);
}
