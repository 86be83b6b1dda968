import fc from "fast-check";
import {
  TikvError,
  TransactionClient,
  type KeyValue,
  type Transaction,
  type TransactionOptions,
} from "../../src/index.js";
import type { ControlledCluster } from "../servers/controlled-cluster.js";
import { text } from "../support/text.js";

type Op =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "batchGet"; readonly keys: readonly string[] }
  | {
      readonly kind: "scan";
      readonly start: string | undefined;
      readonly end: string | undefined;
      readonly reverse: boolean;
      readonly keyOnly: boolean;
      readonly limit: number | undefined;
      readonly pageSize: number;
    }
  | { readonly kind: "put" | "insert"; readonly key: string; readonly value: string }
  | { readonly kind: "delete" | "lock" | "split"; readonly key: string };

interface Script {
  readonly options: TransactionOptions;
  readonly ops: readonly Op[];
  readonly commits: boolean;
}

const key = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), minLength: 1, maxLength: 3 });
const value = fc.string({ minLength: 1, maxLength: 5 });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("get" as const), key }) },
  fc.record({ kind: fc.constant("batchGet" as const), keys: fc.array(key, { maxLength: 8 }) }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("scan" as const),
      start: fc.option(key, { nil: undefined }),
      end: fc.option(key, { nil: undefined }),
      reverse: fc.boolean(),
      keyOnly: fc.boolean(),
      limit: fc.option(fc.nat(8), { nil: undefined }),
      pageSize: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("put" as const, "insert" as const), key, value }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("delete" as const, "lock" as const, "split" as const),
      key,
    }),
  },
);
const script: fc.Arbitrary<Script> = fc.record({
  options: fc.record({
    mode: fc.constantFrom("optimistic" as const, "pessimistic" as const),
    onePc: fc.boolean(),
    asyncCommit: fc.boolean(),
  }),
  ops: fc.array(op, { maxLength: 12 }),
  commits: fc.boolean(),
});

let runs = 0;

/** Every operation of transactions, one after the other, gives what it gives on a plain ordered map. */
export async function checkModel(
  seed: number,
  server: ControlledCluster,
  numRuns = 1,
): Promise<void> {
  const client = await TransactionClient.connect({ endpoints: server.endpoints });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 8 }), async (scripts) => {
        runs += 1;
        await runScripts(client, server, `${server.prefix}model/${runs}/`, scripts);
      }),
      { seed, numRuns },
    );
  } finally {
    await client.close();
  }
}

type Model = Map<string, string>;

async function runScripts(
  client: TransactionClient,
  server: ControlledCluster,
  prefix: string,
  scripts: readonly Script[],
): Promise<void> {
  let committed: Model = new Map();
  const versions: [ts: bigint, model: Model][] = [];
  for (const { options, ops, commits } of scripts) {
    const tx = await client.begin(options);
    const own: Model = new Map(committed);
    const doomed = await runOps(tx, server, prefix, ops, committed, own);
    if (!commits) {
      await tx.rollback();
      continue;
    }
    const outcome = await tx.commit().catch((error: unknown) => error);
    if (doomed) {
      if (!(outcome instanceof TikvError && outcome.code === "ERR_ROBOFLOW_TIKV_KEY_EXISTS")) {
        throw new Error(`an insert of an existing key ended with ${String(outcome)}`);
      }
      continue;
    }
    if (typeof outcome !== "bigint") throw outcome;
    committed = own;
    versions.push([outcome, own]);
  }
  for (const [ts, model] of versions) {
    const snapshot = await client.snapshot(ts);
    const found = await snapshot.scan({ start: prefix, end: above(prefix) }).toArray();
    expectEqual(`version ${ts}`, pairsOf(found, prefix), sorted(model));
  }
}

/** True when the commit must fail: what was inserted had existed. */
async function runOps(
  tx: Transaction,
  server: ControlledCluster,
  prefix: string,
  ops: readonly Op[],
  committed: Model,
  own: Model,
): Promise<boolean> {
  let doomed = false;
  /** Keys that this transaction knows of by its own writes. */
  const written = new Set<string>();
  for (const step of ops) {
    switch (step.kind) {
      case "get":
        expectEqual(`get ${step.key}`, text(await tx.get(prefix + step.key)), own.get(step.key));
        break;
      case "batchGet": {
        const values = await tx.batchGet(step.keys.map((name) => prefix + name));
        expectEqual(
          "batchGet",
          values.map(text),
          step.keys.map((name) => own.get(name)),
        );
        break;
      }
      case "scan": {
        const { start, end, reverse, keyOnly, limit, pageSize } = step;
        const found = await tx
          .scan({
            start: prefix + (start ?? ""),
            end: end === undefined ? above(prefix) : prefix + end,
            reverse,
            keyOnly,
            pageSize,
            ...(limit === undefined ? {} : { limit }),
          })
          .toArray();
        expectEqual(`scan ${JSON.stringify(step)}`, pairsOf(found, prefix), modelScan(own, step));
        break;
      }
      case "put":
        tx.put(prefix + step.key, step.value);
        own.set(step.key, step.value);
        written.add(step.key);
        break;
      case "insert":
        doomed = insert(tx, prefix, step, committed, own, written) || doomed;
        break;
      case "delete":
        tx.delete(prefix + step.key);
        own.delete(step.key);
        written.add(step.key);
        break;
      case "lock":
        if (!doomed) await tx.lockKeys([prefix + step.key]);
        break;
      case "split":
        await server.split(prefix + step.key);
    }
  }
  return doomed;
}

function insert(
  tx: Transaction,
  prefix: string,
  step: { readonly key: string; readonly value: string },
  committed: Model,
  own: Model,
  written: Set<string>,
): boolean {
  const exists = written.has(step.key) ? own.has(step.key) : committed.has(step.key);
  try {
    tx.insert(prefix + step.key, step.value);
  } catch (error) {
    const told = error instanceof TikvError && error.code === "ERR_ROBOFLOW_TIKV_KEY_EXISTS";
    if (!told || !exists) throw error;
    return false;
  }
  const unseen = exists && !written.has(step.key);
  if (exists && !unseen) throw new Error(`inserted ${step.key}, which the transaction had written`);
  own.set(step.key, step.value);
  written.add(step.key);
  return unseen;
}

function modelScan(model: Model, step: Extract<Op, { kind: "scan" }>): [string, string][] {
  const { start = "", end, reverse, keyOnly, limit } = step;
  const inside = sorted(model).filter(
    ([name]) => name >= start && (end === undefined || name < end),
  );
  const ordered = reverse ? inside.toReversed() : inside;
  return ordered
    .slice(0, limit ?? ordered.length)
    .map(([name, content]) => [name, keyOnly ? "" : content]);
}

function sorted(model: Model): [string, string][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

function pairsOf(entries: readonly KeyValue[], prefix: string): [string, string][] {
  return entries.map(({ key: name, value: content }) => [
    (text(name) ?? "").slice(prefix.length),
    text(content) ?? "",
  ]);
}

/** The end of all keys that begin with `prefix`, which ends in a slash. */
function above(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}

function expectEqual(what: string, found: unknown, expected: unknown): void {
  const a = JSON.stringify(found ?? null);
  const b = JSON.stringify(expected ?? null);
  if (a !== b) throw new Error(`${what}: found ${a} instead of ${b}`);
}
