import type {
  Capability,
  ControlledCluster,
  ServerName,
  StartOptions,
} from "./controlled-cluster.js";
import { ExternalCluster } from "./external-cluster.js";
import { GoCluster } from "./go-cluster.js";
import { TestkitCluster } from "./testkit-cluster.js";

/** The server that `TIKV_TEST_SERVER` names; default: the testkit. */
export function chosenServer(): ServerName {
  const name = process.env["TIKV_TEST_SERVER"] || "testkit";
  if (name === "testkit" || name === "go" || name === "external") return name;
  throw new Error(`TIKV_TEST_SERVER is ${name}: must be testkit, go or external`);
}

export function capabilitiesOf(server: ServerName): ReadonlySet<Capability> {
  return { testkit: TestkitCluster, go: GoCluster, external: ExternalCluster }[server].can;
}

export function startServer(server: ServerName, options: StartOptions): Promise<ControlledCluster> {
  switch (server) {
    case "testkit":
      return TestkitCluster.start(options);
    case "go":
      return GoCluster.start(setting("TIKV_SERVER_BIN", "`pnpm test:tikv` builds it"), options);
    case "external": {
      const endpoints = setting("TIKV_PD_ENDPOINTS", "host:port of PD members, with commas");
      return Promise.resolve(new ExternalCluster(endpoints.split(",")));
    }
  }
}

function setting(name: string, hint: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set (${hint})`);
}
