import { InvalidArgumentError } from "commander";

/** Where a server listens. */
export interface HttpAddress {
  /** Undefined: this machine only. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Parses `HOST:PORT`, `[IPV6]:PORT`, or `PORT` alone. */
export function httpAddress(text: string): HttpAddress {
  const [, ipv6, name, digits = ""] = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== "" && port <= 65_535) return { host: ipv6 ?? name, port };
  throw new InvalidArgumentError("It must be HOST:PORT, such as 0.0.0.0:9090, or PORT.");
}
