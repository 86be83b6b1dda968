import type { OpenCluster } from "../../src/cluster/open-cluster.js";

/** One request that a client is about to send: its name, and how many of its kind came before. */
export type Moment = (rpc: string, before: number) => boolean;

export interface DyingCluster {
  readonly cluster: OpenCluster;
  /** Resolves once it is dead and what it had sent before is answered. */
  readonly dead: Promise<void>;
}

/**
 * The cluster of a client whose process dies before the request that `dies` names: that one and all
 * later ones are never sent, and nobody hears of it. Other processes see exactly this.
 */
export function dyingCluster(cluster: OpenCluster, dies: Moment): DyingCluster {
  const sent = new Map<string, number>();
  const underWay = new Set<Promise<unknown>>();
  const silence = new Promise<never>(() => {});
  let isDead = false;
  let announce = (): void => {};
  const dead = new Promise<void>((resolve) => {
    announce = () => void Promise.allSettled(underWay).then(() => resolve());
  });
  const request = (rpc: string, run: () => Promise<unknown>): Promise<unknown> => {
    const before = sent.get(rpc) ?? 0;
    sent.set(rpc, before + 1);
    if (!isDead && dies(rpc, before)) {
      isDead = true;
      announce();
    }
    if (isDead) return silence;
    const running = run();
    underWay.add(running);
    const forget = (): boolean => underWay.delete(running);
    running.then(forget, forget);
    // An answer does not reach the dead.
    return running.then(
      (value) => (isDead ? silence : value),
      (error: unknown) => (isDead ? silence : Promise.reject(error)),
    );
  };
  const wrapped = <T extends object>(
    target: T,
    nameOf: (name: string, args: unknown[]) => string | undefined,
  ): T =>
    new Proxy(target, {
      get(_, name) {
        if (name === "pd" && target === (cluster as object)) return pd;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const rpc = nameOf(String(name), args);
          const run = (): Promise<unknown> =>
            Reflect.apply(value, target, args) as Promise<unknown>;
          return rpc === undefined ? run() : request(rpc, run);
        };
      },
    });
  const pd = wrapped(cluster.pd, (name) => name);
  return {
    cluster: wrapped(cluster, (name, args) =>
      name === "send" || name === "sendToKey"
        ? (args[2] as { readonly rpc: string }).rpc
        : undefined,
    ),
    dead,
  };
}
