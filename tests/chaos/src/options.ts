import { parseArgs } from "node:util";
import { FAULTS } from "./faults/table.js";
import type { Fault } from "./faults/fault.js";
import { SITE_KINDS, type SiteKind } from "./site/site.js";
import { SERVER_KINDS, type ServerKind } from "./store-server/store-server.js";

export const HELP = `pnpm test:chaos [options]

  --seeds N      how many scenarios (default: as many as fit into --minutes)
  --from S       the first seed (default 1)
  --minutes M    begin no scenario after this time (default 4; with --seeds: none)
  --fault NAME   only this one; may be given several times
  --server KIND  ${SERVER_KINDS.join(", ")} (default testkit)
  --site KIND    ${SITE_KINDS.join(", ")} (default: in turns)
  --parallel P   scenarios at once (default 3)
  --keep         keep the directories of all scenarios, not only of those that failed

Faults:
${FAULTS.map(({ name, about }) => `  ${name.padEnd(20)} ${about}`).join("\n")}`;

export interface ChaosOptions {
  /** Infinity: as many as fit. */
  readonly seeds: number;
  readonly from: number;
  /** Milliseconds. */
  readonly limitMs: number;
  readonly faults: readonly Fault[];
  /** Faults that this machine can't have, and why. */
  readonly lacking: readonly { readonly name: string; readonly reason: string }[];
  readonly server: ServerKind;
  readonly sites: readonly SiteKind[];
  readonly parallel: number;
  readonly keep: boolean;
  /** Directory with `tikv-server`, for `--server go`. */
  readonly goPrograms: string | undefined;
}

/** @throws Error that says what is wrong with the arguments; undefined: only help was asked for */
export function chaosOptions(args: readonly string[]): ChaosOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      minutes: { type: "string" },
      fault: { type: "string", multiple: true, default: [] },
      server: { type: "string", default: "testkit" },
      site: { type: "string" },
      parallel: { type: "string", default: "3" },
      keep: { type: "boolean", default: false },
      "go-programs": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const server = SERVER_KINDS.find((kind) => kind === values.server);
  if (server === undefined) throw new Error(`there is no server "${values.server}"`);
  const sites = SITE_KINDS.filter((kind) => values.site === undefined || kind === values.site);
  if (sites.length === 0) throw new Error(`there is no site "${values.site}"`);
  const seeds = values.seeds === undefined ? undefined : positive("--seeds", values.seeds);
  const minutes =
    values.minutes === undefined
      ? seeds === undefined
        ? 4
        : Infinity
      : positive("--minutes", values.minutes);
  return {
    seeds: seeds ?? Infinity,
    from: positive("--from", values.from),
    limitMs: minutes * 60_000,
    ...possibleFaults(chosenFaults(values.fault, server, sites)),
    server,
    sites,
    parallel: positive("--parallel", values.parallel),
    keep: values.keep,
    goPrograms: values["go-programs"],
  };
}

function chosenFaults(
  names: readonly string[],
  server: ServerKind,
  sites: readonly SiteKind[],
): readonly Fault[] {
  const possible = FAULTS.filter(
    (fault) =>
      fault.servers.includes(server) && sites.some((site) => fault.sites?.includes(site) ?? true),
  );
  if (names.length === 0) return possible;
  return names.map((name) => {
    const fault = possible.find((other) => other.name === name);
    if (fault === undefined)
      throw new Error(`there is no fault "${name}" on ${server}, ${sites.join(" or ")}`);
    return fault;
  });
}

function possibleFaults(faults: readonly Fault[]): Pick<ChaosOptions, "faults" | "lacking"> {
  const lacking = faults.flatMap(({ name, lacks }) => {
    const reason = lacks?.();
    return reason === undefined ? [] : [{ name, reason }];
  });
  const names = new Set(lacking.map(({ name }) => name));
  return { faults: faults.filter(({ name }) => !names.has(name)), lacking };
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${name} is "${value}"; it must be a whole number above 0`);
}
