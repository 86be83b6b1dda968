import { afterAll, beforeAll, describe, type TestOptions } from "vitest";
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
  describe(name, needing(...needs), () => {
    let running: ControlledCluster | undefined;
    beforeAll(async () => {
      running = await startServer(chosen, options);
    });
    afterAll(() => running?.[Symbol.asyncDispose]());
    suite(lateBound(() => running));
  });
}

/** Options of one test that needs more of the server than its suite does. */
export function needing(...needs: readonly Capability[]): TestOptions {
  const can = capabilitiesOf(chosenServer());
  const lacks = needs.filter((need) => !can.has(need));
  return lacks.length === 0 ? {} : { skip: true, meta: { lacks } };
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
