import { commands, compareBytes } from "@roboflow/tikv-proto";
import { openCluster } from "../../src/cluster/open-cluster.js";
import type { TlsOptions } from "../../src/options.js";
import type { Capability, ControlledCluster } from "./controlled-cluster.js";
import { bytesOf, Uncontrolled, uniquePrefix } from "./uncontrolled.js";

const BUDGET_MS = 20_000;

/**
 * Any cluster of API v1 that `TIKV_PD_ENDPOINTS` names; `TIKV_CA_PATH`, `TIKV_CERT_PATH` and `TIKV_KEY_PATH` name
 * PEM files. Nothing in it changes but keys, and where its regions begin.
 */
export class ExternalCluster extends Uncontrolled implements ControlledCluster {
  // Not raw keys: in API v1 a cluster holds either those or transactions, as bounds of regions differ.
  static readonly can: ReadonlySet<Capability> = new Set<Capability>([
    "split",
    "empty-values",
    "lock-records",
  ]);

  readonly name = "external";
  readonly can = ExternalCluster.can;
  readonly prefix = uniquePrefix();
  readonly storeIds: readonly bigint[] = [];
  readonly tls: TlsOptions | undefined;

  constructor(readonly endpoints: readonly string[]) {
    super();
    const { TIKV_CA_PATH: ca, TIKV_CERT_PATH: cert, TIKV_KEY_PATH: key } = process.env;
    this.tls = ca === undefined ? undefined : { ca, ...(cert && { cert }), ...(key && { key }) };
  }

  override async split(key: Uint8Array | string): Promise<void> {
    const options = { endpoints: this.endpoints, ...(this.tls && { tls: this.tls }) };
    await using cluster = await openCluster(options, "txn");
    const backoff = cluster.backoff(BUDGET_MS);
    const splitKey = bytesOf(key);
    const { start } = await cluster.locate(backoff, splitKey);
    if (compareBytes(start, splitKey) === 0) return;
    const request = { splitKeys: [splitKey] };
    await cluster.sendToKey(backoff, splitKey, commands.splitRegion, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
