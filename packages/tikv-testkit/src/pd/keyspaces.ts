import { keyspacepb } from "@roboflow/tikv-proto";
import { TestkitError } from "../error.js";

/** A keyspace of API v2. Ids take three bytes; `DEFAULT` with id 0 is always there. */
export interface Keyspace {
  readonly name: string;
  readonly id: number;
  /** Default `ENABLED`. */
  readonly state?: keyof typeof keyspacepb.KeyspaceState;
}

const MAX_ID = 0xff_ff_ff;

/** Keyspaces by name. Bare names get the ids 1, 2, … in turn. */
export function keyspacesByName(
  given: readonly (string | Keyspace)[],
): ReadonlyMap<string, Keyspace> {
  const all = given.map((entry, index) =>
    typeof entry === "string" ? { name: entry, id: index + 1 } : entry,
  );
  for (const { name, id } of all) {
    if (!Number.isInteger(id) || id < 0 || id > MAX_ID) {
      throw new TestkitError(
        "ERR_ROBOFLOW_TESTKIT_ARGUMENT",
        `keyspace ${name} has id ${id}, which is not a number of three bytes`,
      );
    }
  }
  const standard: Keyspace = { name: "DEFAULT", id: 0 };
  return new Map([standard, ...all].map((keyspace) => [keyspace.name, keyspace]));
}

export function keyspaceMeta({ name, id, state = "ENABLED" }: Keyspace) {
  return { id, name, state: keyspacepb.KeyspaceState[state] };
}
