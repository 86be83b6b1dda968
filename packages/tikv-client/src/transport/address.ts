/** `host:port`; an IPv6 host stands in brackets. */
const ADDRESS =
  /^(?:\[(?<v6>[0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|(?<host>[^\s:/@[\]]+)):(?<port>\d{1,5})$/u;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Undefined when it is no `host:port` with a port from 1 to 65,535. */
export function parseAddress(text: string): Address | undefined {
  const groups = ADDRESS.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const host = groups["v6"] ?? groups["host"];
  const port = Number(groups["port"]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** The `host:port` of a URL as PD's members name it, e.g. `http://10.0.0.1:2379`. */
export function addressOfUrl(url: string): string | undefined {
  const address = url.replace(/^[a-z]+:\/\//u, "").replace(/\/$/u, "");
  return parseAddress(address) === undefined ? undefined : address;
}
