import type { OpenCluster } from "../../src/cluster/open-cluster.js";

/** One request that a client is about to send: its name, and how many of its kind came before. */
export type Moment = (rpc: string, before: number) => boolean;

/**
 * The cluster of a client whose process dies before the request that `dies` names: that one and all
 * later ones are never sent, and nobody hears of it. Other processes see exactly this.
 */
export function dyingCluster(cluster: OpenCluster, dies: Moment): OpenCluster {
  const sent = new Map<string, number>();
  let dead = false;
  const isDead = (rpc: string): boolean => {
    const before = sent.get(rpc) ?? 0;
    sent.set(rpc, before + 1);
    dead ||= dies(rpc, before);
    return dead;
  };
  const silence = new Promise<never>(() => {});
  const pd = new Proxy(cluster.pd, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown =>
        isDead(String(name)) ? silence : (Reflect.apply(value, target, args) as unknown);
    },
  });
  return new Proxy(cluster, {
    get(target, name) {
      if (name === "pd") return pd;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "send" && name !== "sendToKey") return value.bind(target) as unknown;
      return (...args: unknown[]): unknown => {
        const command = args[2] as { readonly rpc: string };
        return isDead(command.rpc) ? silence : (Reflect.apply(value, target, args) as unknown);
      };
    },
  });
}
