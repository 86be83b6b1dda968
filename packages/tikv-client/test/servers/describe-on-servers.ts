import { afterAll, beforeAll, describe } from "vitest";
import type { Capability, ControlledCluster, StartOptions } from "./controlled-cluster.js";
import { capabilitiesOf, chosenServer, startServer } from "./start-server.js";

declare module "vitest" {
  interface TaskMeta {
    /** What the server lacks for this test to run; `TESTED.md` is made from it. */
    lacks?: readonly Capability[];
  }
}

export interface SuiteNeeds extends StartOptions {
  readonly needs?: readonly Capability[];
}

/**
 * Tests that run on every server that can do what they need. They share one cluster, started before
 * the first; `server` is that cluster from then on.
 */
export function describeOnServers(
  name: string,
  { needs = [], ...options }: SuiteNeeds,
  suite: (server: ControlledCluster) => void,
): void {
  const chosen = chosenServer();
  const can = capabilitiesOf(chosen);
  const lacks = needs.filter((need) => !can.has(need));
  const test = { skip: lacks.length > 0, ...(lacks.length > 0 && { meta: { lacks } }) };
  describe(name, test, () => {
    let running: ControlledCluster | undefined;
    beforeAll(async () => {
      running = await startServer(chosen, options);
    });
    afterAll(() => running?.[Symbol.asyncDispose]());
    suite(lateBound(() => running));
  });
}

/** Stands for the cluster while tests are being collected, when it does not run yet. */
function lateBound(get: () => ControlledCluster | undefined): ControlledCluster {
  return new Proxy({} as ControlledCluster, {
    get(_target, property) {
      const cluster = get();
      if (cluster === undefined) throw new Error("the server runs only while tests do");
      const value: unknown = Reflect.get(cluster, property, cluster);
      return typeof value === "function" ? value.bind(cluster) : value;
    },
  });
}
