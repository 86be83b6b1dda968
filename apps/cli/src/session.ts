import type { Logger } from "@roboflow/core";
import { describeStoreChoice, findStore, JobQueue, TikvClient } from "@roboflow/distributed";
import { userInfo } from "node:os";
import type { CliContext } from "./context.js";
import { terminalLogger } from "./io/logger.js";
import { storeExists } from "./store-exists.js";
import { loadSettings, type SettingFlags, type Settings } from "./settings/settings.js";

/** An open store and what commands do with it. */
export interface Session extends AsyncDisposable {
  readonly client: TikvClient;
  readonly queue: JobQueue;
  readonly settings: Settings;
  readonly logger: Logger;
  /** For people: which store this is and why. */
  readonly storeDescription: string;
  /** Who asks, for records and the audit log. */
  readonly actor: string;
}

/** `look`: a new store has nothing to show, so the user means another one. */
export type StoreUse = "look" | "fill";

/** @throws DistributedError `ERR_ROBOFLOW_STORE_URL`, `ERR_ROBOFLOW_STORE_UNAVAILABLE` */
export async function openSession(
  flags: SettingFlags,
  context: CliContext,
  use: StoreUse = "look",
): Promise<Session> {
  const { settings, logger } = await openSettings(flags, context);
  const { url, description } = await chooseStore(settings, context);
  logger.debug("using store", { store: description });
  if (use === "look" && !(await storeExists(url))) {
    context.terminal.message(
      `warning: the store ${description} is new and empty; check --store, ROBOFLOW_STORE or the working directory`,
    );
  }
  const client = await TikvClient.open(url, { connection: settings.store.connection, logger });
  return {
    client,
    queue: new JobQueue(client.store, { admins: settings.admins }),
    settings,
    logger,
    storeDescription: description,
    actor: context.env["ROBOFLOW_USER"] ?? userInfo().username,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** For commands that need no store. */
export async function openSettings(
  flags: SettingFlags,
  context: CliContext,
): Promise<{ settings: Settings; logger: Logger }> {
  const settings = await loadSettings(flags, context.env, context.cwd);
  const logger = terminalLogger(context.terminal, {
    level: settings.debug ? "debug" : settings.logLevel,
    json: settings.logFormat === "json",
  });
  return { settings, logger };
}

/**
 * Flag, then `ROBOFLOW_STORE`, `TIKV_PD_ENDPOINTS`, then the project file, then the nearest
 * `.roboflow/store`. Opens and creates nothing.
 * @throws DistributedError `ERR_ROBOFLOW_STORE_URL`
 */
export async function chooseStore(
  { store }: Settings,
  { env, cwd }: CliContext,
): Promise<{ url: string; description: string }> {
  const variables = {
    ROBOFLOW_STORE: env["ROBOFLOW_STORE"] ?? "",
    TIKV_PD_ENDPOINTS: env["TIKV_PD_ENDPOINTS"] ?? "",
  };
  const given = store.flag ?? store.tikvEndpoints;
  const unset = given === undefined && Object.values(variables).every((value) => value === "");
  if (unset && store.projectFile !== undefined) {
    const { url } = await findStore({ flag: store.projectFile, cwd });
    return { url, description: `${url} (from roboflow.toml)` };
  }
  const choice = await findStore({
    flag: store.flag,
    tikvEndpoints: store.tikvEndpoints,
    env: variables,
    cwd,
  });
  return { url: choice.url, description: describeStoreChoice(choice) };
}
