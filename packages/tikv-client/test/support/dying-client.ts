import { openCluster, TransactionClient, type TransactionClientOptions } from "../../src/index.js";
import { dyingCluster, type Moment } from "./dying-cluster.js";

/** A client whose process dies at a moment. */
export interface DyingClient {
  readonly client: TransactionClient;
  /** Resolves once it is dead and what it had sent before is answered. */
  readonly dead: Promise<void>;
  /** Frees what the test's own process holds of it. */
  bury(): Promise<void>;
}

export async function dyingClient(
  options: TransactionClientOptions,
  dies: Moment,
): Promise<DyingClient> {
  const opened = await openCluster(options, "txn");
  const { cluster, dead } = dyingCluster(opened, dies);
  return { client: TransactionClient.over(cluster), dead, bury: () => opened.close() };
}
