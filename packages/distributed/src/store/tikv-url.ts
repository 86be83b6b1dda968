import { DistributedError } from "../error.js";

const DEFAULT_PORT = 2379;
const HINT = "Give PD's members as tikv://HOST:PORT,HOST:PORT; the port is 2379 by default.";

/**
 * The `host:port` of PD members in `tikv://pd1:2379,pd2:2379`, or in the same list without a
 * scheme, as `TIKV_PD_ENDPOINTS` has it.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_URL`; repeats no user info, which may be a secret
 */
export function tikvEndpoints(list: string): readonly string[] {
  const rest = list.replace(/^tikv:\/\//i, "").replace(/\/$/, "");
  if (rest.includes("@")) {
    throw invalid("A tikv:// store takes no user or password");
  }
  const endpoints = rest.split(",").map((part) => part.trim());
  if (endpoints.every((endpoint) => endpoint === "")) {
    throw invalid("The store names no PD endpoint");
  }
  return endpoints.map(withPort);
}

/** The store's URL in one form, however the endpoints were given. */
export function tikvUrl(endpoints: readonly string[]): string {
  return `tikv://${endpoints.join(",")}`;
}

function withPort(endpoint: string): string {
  const [, host, port] = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(endpoint) ?? [];
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (host === undefined || number < 1 || number > 65_535) {
    throw invalid(`"${endpoint}" is no PD endpoint`);
  }
  return `${host}:${number}`;
}

function invalid(message: string): DistributedError {
  return new DistributedError("ERR_ROBOFLOW_STORE_URL", message, { hint: HINT });
}
