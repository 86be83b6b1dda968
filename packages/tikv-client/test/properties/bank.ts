import { setTimeout as pause } from "node:timers/promises";
import {
  openCluster,
  TikvError,
  TransactionClient,
  UndeterminedError,
  type KeyValue,
  type Transaction,
  type TransactionOptions,
} from "../../src/index.js";
import type { ControlledCluster } from "../servers/controlled-cluster.js";
import { dyingCluster } from "../support/dying-cluster.js";
import { text } from "../support/text.js";
import { disturb } from "./disturb.js";
import { Random } from "./random.js";

const ACCOUNTS = 8;
const START = 1000;
const CLIENTS = 4;
const TRANSFERS = 6;
/** One in so many commits is given up, after up to so many milliseconds. */
const GIVEN_UP = 3;
const PATIENCE_MS = 100;
/** A client that dies does so within this many requests. */
const LIFE = 60;
const LONG_MS = 120_000;

const MODES: readonly [TransactionOptions, ...TransactionOptions[]] = [
  {},
  {},
  { onePc: true },
  { asyncCommit: true },
  { onePc: true, asyncCommit: true },
  { mode: "pessimistic" },
  { mode: "pessimistic", asyncCommit: true },
];

interface Transfer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** What its client was told; undefined: it died, or nobody knows. */
  outcome: "committed" | "failed" | undefined;
}

/**
 * Transfers between accounts by several clients at once, each with an entry in a log, while the
 * cluster is disturbed and clients die at random requests.
 * @throws Error unless at every moment and in the end the sum is what it was, snapshots repeat,
 * balances are what the log says, and the log holds what clients were told of and nothing that failed
 */
export async function checkBank(seed: number, server: ControlledCluster): Promise<void> {
  const random = new Random(seed);
  const prefix = `${server.prefix}bank/${seed}/`;
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => `${prefix}account/${i}`);
  const options = { endpoints: server.endpoints, requestTimeoutMs: 2000, closeTimeoutMs: 1000 };
  const auditor = await TransactionClient.connect(options);
  const transfers: Transfer[] = [];
  const stop = new AbortController();
  try {
    await auditor.transaction(async (tx) => {
      for (const account of accounts) tx.put(account, String(START));
    });
    const [first = "", ...rest] = accounts;
    const background = Promise.all([
      disturb(server, random.fork(), [first, ...rest, `${prefix}log/`], stop.signal),
      audit(auditor, prefix, random.fork(), stop.signal),
    ]);
    // Whatever it finds is told once the clients have ended.
    background.catch(() => {});
    const clients = Array.from({ length: CLIENTS }, (_, i) =>
      runClient(options, random.fork(), { prefix, accounts, name: String(i) }, transfers),
    );
    try {
      await Promise.all(clients);
    } finally {
      stop.abort();
      await background;
    }
    if (server.can.has("fault")) await server.clearFaults();
    if (server.can.has("clock")) await server.advanceClock(LONG_MS);
    await settle(auditor, prefix, accounts, transfers);
  } finally {
    stop.abort();
    if (server.can.has("fault")) await server.clearFaults();
    await auditor.close();
  }
}

interface Bank {
  readonly prefix: string;
  readonly accounts: readonly string[];
  readonly name: string;
}

/** One process after the other, each taking up after the transfer that the last one died with. */
async function runClient(
  options: { readonly endpoints: readonly string[] },
  random: Random,
  bank: Bank,
  transfers: Transfer[],
): Promise<void> {
  const todo = Array.from({ length: TRANSFERS }, (_, i) => `${bank.name}-${i}`);
  while (todo.length > 0) {
    const opened = await openCluster(options, "txn");
    let left = random.chance(0.5) ? random.below(LIFE) : Number.POSITIVE_INFINITY;
    const { cluster, dead } = dyingCluster(opened, () => left-- <= 0);
    const client = TransactionClient.over(cluster, { closeTimeoutMs: 1000 });
    const life = new AbortController();
    const death = async (): Promise<void> => {
      await dead;
      life.abort();
    };
    await Promise.race([work(client, life.signal, random, bank, todo, transfers), death()]);
    await (life.signal.aborted ? opened.close() : client.close());
    life.abort();
  }
}

async function work(
  client: TransactionClient,
  death: AbortSignal,
  random: Random,
  bank: Bank,
  todo: string[],
  transfers: Transfer[],
): Promise<void> {
  for (let id = todo.shift(); id !== undefined; id = todo.shift()) {
    const entry = newTransfer(random, bank, id);
    transfers.push(entry);
    const patienceMs = random.below(GIVEN_UP) === 0 ? 1 + random.below(PATIENCE_MS) : undefined;
    const outcome = await transfer(client, random.pick(MODES), patienceMs, bank, entry);
    // What the test's own process still hears of a dead client, nobody does.
    if (death.aborted) return;
    entry.outcome = outcome;
  }
}

function newTransfer(random: Random, { accounts }: Bank, id: string): Transfer {
  const from = random.below(ACCOUNTS);
  const to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
  return {
    id,
    from: accounts[from] ?? "",
    to: accounts[to] ?? "",
    amount: 1 + random.below(50),
    outcome: undefined,
  };
}

async function transfer(
  client: TransactionClient,
  mode: TransactionOptions,
  patienceMs: number | undefined,
  { prefix }: Bank,
  { id, from, to, amount }: Transfer,
): Promise<Transfer["outcome"]> {
  let tx: Transaction | undefined;
  try {
    tx = await client.begin(mode);
    const values =
      mode.mode === "pessimistic"
        ? await tx.lockAndGet([from, to], { waitMs: 2000 })
        : await tx.batchGet([from, to]);
    const [a = Number.NaN, b = Number.NaN] = values.map((value) => Number(text(value)));
    tx.put(from, String(a - amount));
    tx.put(to, String(b + amount));
    tx.insert(`${prefix}log/${id}`, `${from} ${to} ${amount}`);
    await tx.commit(patienceMs === undefined ? {} : { signal: AbortSignal.timeout(patienceMs) });
    return "committed";
  } catch (error) {
    if (!(error instanceof TikvError)) throw error;
    await tx?.rollback();
    return error instanceof UndeterminedError ? undefined : "failed";
  }
}

/** Reads all accounts in each way there is, over and over: twice at one snapshot. */
async function audit(
  client: TransactionClient,
  prefix: string,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const range = { start: `${prefix}account/`, end: `${prefix}account0` };
  const keys = Array.from({ length: ACCOUNTS }, (_, i) => `${prefix}account/${i}`);
  while (!signal.aborted) {
    const snapshot = await client.snapshot();
    const pageSize = 1 + random.below(ACCOUNTS);
    const once = balancesOf(await snapshot.scan({ ...range, pageSize }).toArray());
    await pause(random.below(5));
    const values = await snapshot.batchGet(keys);
    const again = values.map((value) => Number(text(value)));
    const down = await snapshot.scan({ ...range, pageSize, reverse: true }).toArray();
    expectSame(`snapshot ${snapshot.ts}`, once, again);
    expectSame(`snapshot ${snapshot.ts}, downwards`, once, balancesOf(down.toReversed()));
    expectSum(`snapshot ${snapshot.ts}`, once);
  }
}

function balancesOf(entries: readonly KeyValue[]): number[] {
  return entries.map(({ value }) => Number(text(value)));
}

async function settle(
  client: TransactionClient,
  prefix: string,
  accounts: readonly string[],
  transfers: readonly Transfer[],
): Promise<void> {
  const snapshot = await client.snapshot();
  const balances = (await snapshot.batchGet(accounts)).map((value) => Number(text(value)));
  expectSum("in the end", balances);
  const log = await snapshot.scan({ start: `${prefix}log/`, end: `${prefix}log0` }).toArray();
  const logged = new Set(log.map(({ key }) => (text(key) ?? "").slice(prefix.length + 4)));
  const expected = new Map(accounts.map((account) => [account, START]));
  for (const { id, from, to, amount, outcome } of transfers) {
    if (outcome === "committed" && !logged.has(id)) throw new Error(`lost the committed ${id}`);
    if (outcome === "failed" && logged.has(id)) throw new Error(`committed the failed ${id}`);
    if (!logged.has(id)) continue;
    expected.set(from, (expected.get(from) ?? 0) - amount);
    expected.set(to, (expected.get(to) ?? 0) + amount);
  }
  expectSame("balances and the log", balances, [...expected.values()]);
}

function expectSum(when: string, balances: readonly number[]): void {
  const sum = balances.reduce((a, b) => a + b, 0);
  if (sum !== ACCOUNTS * START) throw new Error(`${when}: the sum is ${sum}: ${balances.join()}`);
}

function expectSame(what: string, a: readonly number[], b: readonly number[]): void {
  const [left, right] = [a.join(), b.join()];
  if (left !== right) throw new Error(`${what} differ: ${left} and ${right}`);
}
