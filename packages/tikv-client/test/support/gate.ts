import type { OpenCluster } from "../../src/cluster/open-cluster.js";

/** Holds back requests of a client by their turn, until it is opened. */
export class Gate {
  readonly #holds: (rpc: string, before: number) => boolean;
  readonly #sent = new Map<string, number>();
  #open!: () => void;
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #arrive!: () => void;
  /** Resolves when the first request is being held. */
  readonly reached = new Promise<void>((resolve) => {
    this.#arrive = resolve;
  });

  constructor(holds: (rpc: string, before: number) => boolean) {
    this.#holds = holds;
  }

  open(): void {
    this.#open();
  }

  /** The cluster with this gate before it. */
  before(cluster: OpenCluster): OpenCluster {
    const pass = async (rpc: string): Promise<void> => {
      const before = this.#sent.get(rpc) ?? 0;
      this.#sent.set(rpc, before + 1);
      if (!this.#holds(rpc, before)) return;
      this.#arrive();
      await this.#opened;
    };
    return new Proxy(cluster, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "send" && name !== "sendToKey") return value.bind(target) as unknown;
        return async (...args: unknown[]): Promise<unknown> => {
          await pass((args[2] as { readonly rpc: string }).rpc);
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
  }
}
