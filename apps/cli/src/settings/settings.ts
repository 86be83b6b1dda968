import type { TikvConnection } from "@roboflow/distributed";
import { resolve } from "node:path";
import { CliError } from "../error.js";
import { LOG_LEVELS, type LogLevel } from "../io/logger.js";
import { findProjectFile } from "./project-file.js";
import type { GlobalFlags } from "./global-flags.js";
import { tikvTls } from "./tikv-tls.js";

export interface Settings {
  /** From the flag or project file; the environment and the default are the store's own business. */
  readonly store: {
    readonly flag: string | undefined;
    readonly tikvEndpoints: string | undefined;
    readonly projectFile: string | undefined;
    /** How to reach a tikv:// store. */
    readonly connection: TikvConnection;
  };
  readonly debug: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly jobs: number;
  /** Every worker sees the paths of this machine. */
  readonly sharedPath: boolean;
  /** Absolute path for temporary files; undefined: the system's. */
  readonly scratch: string | undefined;
  /** Who may change what others submitted; empty: everybody. */
  readonly admins: readonly string[];
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined || value === "") return undefined;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new CliError(
    "ERR_ROBOFLOW_CLI_USAGE",
    `${name} is "${value}"; it must be one of ${allowed.join(", ")}`,
  );
}

/** Settings that only some commands take as flags. */
export interface SettingFlags extends GlobalFlags {
  readonly sharedPath?: boolean;
  readonly scratch?: string;
}

/** Flag, then environment, then project file, then default. */
export async function loadSettings(
  flags: SettingFlags,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Settings> {
  const project = await findProjectFile(cwd);
  const settings = project?.settings ?? {};
  return {
    store: {
      flag: flags.store,
      tikvEndpoints: flags.tikvEndpoints,
      connection: tikvTls(flags, env, project),
      projectFile:
        project === undefined || settings.store === undefined
          ? undefined
          : relativeStore(settings.store, project.directory),
    },
    debug: flags.debug ?? env["ROBOFLOW_DEBUG"] === "1",
    logLevel:
      flags.logLevel ??
      oneOf("ROBOFLOW_LOG_LEVEL", env["ROBOFLOW_LOG_LEVEL"], LOG_LEVELS) ??
      settings.log_level ??
      "info",
    logFormat:
      flags.logFormat ??
      oneOf("ROBOFLOW_LOG_FORMAT", env["ROBOFLOW_LOG_FORMAT"], ["text", "json"] as const) ??
      settings.log_format ??
      "text",
    jobs: positive("ROBOFLOW_JOBS", env["ROBOFLOW_JOBS"]) ?? settings.jobs ?? 1,
    sharedPath:
      flags.sharedPath ??
      yesOrNo("ROBOFLOW_SHARED_PATH", env["ROBOFLOW_SHARED_PATH"]) ??
      settings.shared_path ??
      false,
    scratch: scratchOf(flags, env, cwd, project),
    admins: (env["ROBOFLOW_ADMIN_USERS"] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  };
}

function scratchOf(
  flags: SettingFlags,
  env: NodeJS.ProcessEnv,
  cwd: string,
  project: Awaited<ReturnType<typeof findProjectFile>>,
): string | undefined {
  const given = flags.scratch ?? (env["ROBOFLOW_SCRATCH"] || undefined);
  if (given !== undefined) return resolve(cwd, given);
  const named = project?.settings.scratch;
  return named === undefined ? undefined : resolve(project?.directory ?? cwd, named);
}

function yesOrNo(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined || value === "") return undefined;
  if (value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  throw new CliError("ERR_ROBOFLOW_CLI_USAGE", `${name} is "${value}"; it must be 1 or 0`);
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new CliError(
    "ERR_ROBOFLOW_CLI_USAGE",
    `${name} is "${value}"; it must be a whole number above 0`,
  );
}

function relativeStore(store: string, directory: string): string {
  const path = /^lmdb:(?!\/)(.+)$/.exec(store)?.[1];
  return path === undefined ? store : `lmdb:${resolve(directory, path)}`;
}
