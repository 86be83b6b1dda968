import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A key, and its value if it has one. */
export interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface BeginOptions {
  readonly pessimistic?: boolean;
  readonly asyncCommit?: boolean;
  readonly onePc?: boolean;
  /** How long its locks live. Default: client-go's own. */
  readonly ttlMs?: number;
}

/** client-go's name for what went wrong: `write-conflict`, `key-exists`, `deadlock`, `locked`, … */
class ClientGoError extends Error {
  constructor(
    message: string,
    readonly kind: string,
  ) {
    super(message);
  }
}

interface Answer {
  readonly id: number;
  readonly pairs?: readonly { readonly key: string; readonly value: string | null }[];
  readonly ts?: string;
  readonly error?: string;
  readonly kind?: string;
}

type Range = {
  readonly start: Uint8Array | string;
  readonly end: Uint8Array | string;
  readonly limit?: number;
  readonly reverse?: boolean;
};

/** The reference client in a process of its own (`tools/tikv-interop`), so that it can be killed. */
export class ClientGo implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(endpoints: readonly string[]) {
    const program = process.env["TIKV_INTEROP_BIN"];
    if (!program) throw new Error("TIKV_INTEROP_BIN is not set (`pnpm test:tikv` builds it)");
    this.#process = spawn(program, ["-pd", endpoints.join(",")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process.stdin.on("error", () => {});
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#process.on("close", () => {
      for (const [id, answer] of this.#waiting) answer({ id, error: "client-go ended" });
      this.#waiting.clear();
    });
  }

  async timestamp(): Promise<bigint> {
    return timestampOf(await this.#ask("timestamp"));
  }

  /** Values in the order of `keys`. */
  async get(
    keys: readonly (Uint8Array | string)[],
    ts?: bigint,
  ): Promise<(Uint8Array | undefined)[]> {
    const answer = await this.#ask("get", { keys: keys.map(base64), ...snapshot(ts) });
    return pairsOf(answer).map(({ value }) => value);
  }

  async scan(range: Range, ts?: bigint): Promise<Pair[]> {
    return pairsOf(await this.#ask("scan", { ...rangeOf(range), ...snapshot(ts) }));
  }

  /** One transaction in two phases; a value that is undefined deletes. Gives its commit timestamp. */
  async write(pairs: readonly WrittenPair[], options: BeginOptions = {}): Promise<bigint> {
    const transaction = await this.begin(options);
    await transaction.put(pairs);
    return transaction.commit();
  }

  async begin(options: BeginOptions = {}): Promise<ClientGoTransaction> {
    const txn = `t${this.#lastId}`;
    const answer = await this.#ask("begin", {
      txn,
      pessimistic: options.pessimistic,
      async_commit: options.asyncCommit,
      one_pc: options.onePc,
      ttl_ms: options.ttlMs,
    });
    return new ClientGoTransaction(timestampOf(answer), (command, args) =>
      this.#ask(command, { txn, ...args }),
    );
  }

  async rawPut(pairs: readonly WrittenPair[]): Promise<void> {
    await this.#ask("raw-put", { pairs: pairs.map(encodePair) });
  }

  async rawGet(keys: readonly (Uint8Array | string)[]): Promise<(Uint8Array | undefined)[]> {
    return pairsOf(await this.#ask("raw-get", { keys: keys.map(base64) })).map(
      ({ value }) => value,
    );
  }

  async rawDelete(keys: readonly (Uint8Array | string)[]): Promise<void> {
    await this.#ask("raw-delete", { keys: keys.map(base64) });
  }

  async rawScan(range: Range & { readonly limit: number }): Promise<Pair[]> {
    return pairsOf(await this.#ask("raw-scan", rangeOf(range)));
  }

  /** The end of a client that had no time to clean up. */
  async kill(): Promise<void> {
    const ended = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
  }

  #ask(command: string, args: object = {}): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.error === undefined) resolve(answer);
        else reject(new ClientGoError(`${command}: ${answer.error}`, answer.kind ?? "ended"));
      });
      this.#process.stdin.write(`${JSON.stringify({ id, do: command, ...args })}\n`);
    });
  }
}

export type WrittenPair = readonly [
  key: Uint8Array | string,
  value: Uint8Array | string | undefined,
];

/** A transaction of client-go that goes through its commit step by step. */
export class ClientGoTransaction {
  constructor(
    readonly startTs: bigint,
    private readonly ask: (command: string, args?: object) => Promise<Answer>,
  ) {}

  async put(pairs: readonly WrittenPair[]): Promise<void> {
    await this.ask("put", { pairs: pairs.map(encodePair) });
  }

  async get(keys: readonly (Uint8Array | string)[]): Promise<(Uint8Array | undefined)[]> {
    const answer = await this.ask("txn-get", { keys: keys.map(base64) });
    return pairsOf(answer).map(({ value }) => value);
  }

  /** Pessimistic locks. */
  async lock(keys: readonly (Uint8Array | string)[], { waitMs = 0 } = {}): Promise<void> {
    await this.ask("lock", { keys: keys.map(base64), wait_ms: waitMs });
  }

  /** Default: all keys written. The primary is the least of them, or the first one locked. */
  async prewrite(keys: readonly (Uint8Array | string)[] = []): Promise<void> {
    await this.ask("prewrite", { keys: keys.map(base64) });
  }

  /** Second phase for some of the keys that were prewritten. Gives the commit timestamp. */
  async commitKeys(keys: readonly (Uint8Array | string)[]): Promise<bigint> {
    return timestampOf(await this.ask("commit-keys", { keys: keys.map(base64) }));
  }

  async rollbackKeys(keys: readonly (Uint8Array | string)[]): Promise<void> {
    await this.ask("rollback-keys", { keys: keys.map(base64) });
  }

  async commit(): Promise<bigint> {
    return timestampOf(await this.ask("commit"));
  }

  async rollback(): Promise<void> {
    await this.ask("rollback");
  }
}

function base64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString("base64");
}

function encodePair([key, value]: WrittenPair): object {
  return { key: base64(key), ...(value !== undefined && { value: base64(value) }) };
}

function snapshot(ts: bigint | undefined): object {
  return ts === undefined ? {} : { ts: String(ts) };
}

function rangeOf({ start, end, limit, reverse }: Range): object {
  return { start: base64(start), end: base64(end), limit, reverse };
}

function timestampOf({ ts }: Answer): bigint {
  return BigInt(ts ?? 0);
}

function pairsOf({ pairs = [] }: Answer): Pair[] {
  return pairs.map(({ key, value }) => ({
    key: Buffer.from(key, "base64"),
    value: value === null ? undefined : Buffer.from(value, "base64"),
  }));
}
