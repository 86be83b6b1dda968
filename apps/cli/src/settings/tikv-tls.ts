import { resolve } from "node:path";
import type { TikvConnection } from "@roboflow/distributed";
import { CliError } from "../error.js";
import type { GlobalFlags } from "./global-flags.js";
import type { ProjectSettings } from "./project-file.js";

/**
 * PEM files for a tikv:// store: flag, then environment, then project file. No file: no TLS.
 * @throws CliError `ERR_ROBOFLOW_CLI_USAGE` for a certificate without its key, or a key alone
 */
export function tikvTls(
  flags: GlobalFlags,
  env: NodeJS.ProcessEnv,
  project: { readonly settings: ProjectSettings; readonly directory: string } | undefined,
): TikvConnection {
  const file = (
    flag: string | undefined,
    variable: string,
    setting: "ca" | "cert" | "key",
  ): string | undefined => {
    const given = flag ?? (env[variable] || undefined);
    if (given !== undefined) return given;
    const named = project?.settings.tikv?.[setting];
    return named === undefined ? undefined : resolve(project?.directory ?? "", named);
  };
  const ca = file(flags.tikvCa, "TIKV_CA_PATH", "ca");
  const cert = file(flags.tikvCert, "TIKV_CERT_PATH", "cert");
  const key = file(flags.tikvKey, "TIKV_KEY_PATH", "key");
  if ((cert === undefined) !== (key === undefined)) {
    throw new CliError(
      "ERR_ROBOFLOW_CLI_USAGE",
      `the client certificate for TiKV has no ${cert === undefined ? "certificate" : "key"}`,
      { hint: "give --tikv-cert and --tikv-key, or neither" },
    );
  }
  if (ca === undefined && cert === undefined) return {};
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
  };
}
