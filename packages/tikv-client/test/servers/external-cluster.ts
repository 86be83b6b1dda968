import type { TlsOptions } from "../../src/options.js";
import type { Capability, ControlledCluster } from "./controlled-cluster.js";
import { Uncontrolled, uniquePrefix } from "./uncontrolled.js";

/** Any cluster that `TIKV_PD_ENDPOINTS` names. Nothing in it but keys can be changed. */
export class ExternalCluster extends Uncontrolled implements ControlledCluster {
  // Raw and transactional keys must not be mixed in a cluster of API v1 that is in use.
  static readonly can: ReadonlySet<Capability> = new Set<Capability>([
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
    const { TIKV_CA: ca, TIKV_CERT: cert, TIKV_KEY: key } = process.env;
    this.tls = ca === undefined ? undefined : { ca, ...(cert && { cert }), ...(key && { key }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
