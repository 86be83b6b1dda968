import type { ControlledCluster } from "../servers/controlled-cluster.js";
import { checkBank } from "./bank.js";
import { checkModel } from "./model.js";
import { checkScanWhileSplitting } from "./scan-splits.js";

export interface Property {
  readonly name: string;
  /** @throws what the seed has found */
  readonly check: (seed: number, server: ControlledCluster) => Promise<void>;
}

export const PROPERTIES: readonly Property[] = [
  { name: "transfers keep the sum", check: checkBank },
  { name: "operations are those of an ordered map", check: checkModel },
  { name: "scans survive a split at every key", check: checkScanWhileSplitting },
];
