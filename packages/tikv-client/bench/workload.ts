import type { TransactionClient } from "tikv-client";

/** Keys that exist for get and batch get; under the scanned prefix; jobs, each of three keys. */
const RECORDS = 20_000;
const SCANNED = 1_000;
const JOBS = 10_000;
const BATCH = 100;
const PER_TRANSACTION = 1_000;

export type Operation = (worker: number) => Promise<void>;

/** The workload of `tools/tikv-peers`: the same keys, values and operations. */
export class Workload {
  readonly #client: TransactionClient;
  readonly #prefix: string;

  constructor(client: TransactionClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  operation(name: string): Operation {
    switch (name) {
      case "put_2pc":
      case "put_1pc":
        return (worker) => this.#put(worker, name === "put_1pc");
      case "get":
        return () => this.#get();
      case "batch_get_100":
        return () => this.#batchGet();
      case "scan_1000":
        return () => this.#scan();
      case "claim_2pc":
      case "claim_1pc":
        return () => this.#claim(name === "claim_1pc");
      default:
        throw new Error(`there is no operation ${name}`);
    }
  }

  /** Writes the 51,000 records that the operations read. */
  async load(): Promise<void> {
    const counts = { kv: RECORDS, scan: SCANNED, jobs: JOBS, locks: JOBS, state: JOBS };
    const keys = Object.entries(counts).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, i) => this.#key(kind, i)),
    );
    for (let at = 0; at < keys.length; at += PER_TRANSACTION) {
      const transaction = await this.#client.begin();
      for (const key of keys.slice(at, at + PER_TRANSACTION)) transaction.put(key, value());
      await transaction.commit();
    }
  }

  #key(kind: string, i: number): string {
    return `${this.#prefix}${kind}/${String(i).padStart(8, "0")}`;
  }

  async #put(worker: number, fast: boolean): Promise<void> {
    const transaction = await this.#client.begin({ onePc: fast, asyncCommit: fast });
    transaction.put(this.#key("put", worker * 100_000 + random(10_000)), value());
    await transaction.commit();
  }

  async #get(): Promise<void> {
    const snapshot = await this.#client.snapshot();
    const found = await snapshot.get(this.#key("kv", random(RECORDS)));
    if (found === undefined || found.length < 300) throw new Error("short value");
  }

  async #batchGet(): Promise<void> {
    const snapshot = await this.#client.snapshot();
    const start = random(RECORDS - BATCH);
    const keys = Array.from({ length: BATCH }, (_, i) => this.#key("kv", start + i));
    const found = await snapshot.batchGet(keys);
    let count = 0;
    for (const one of found) if (one !== undefined) count += 1;
    if (count !== BATCH) throw new Error(`got ${count} keys`);
  }

  async #scan(): Promise<void> {
    const snapshot = await this.#client.snapshot();
    const range = { start: `${this.#prefix}scan/`, end: `${this.#prefix}scan0`, pageSize: SCANNED };
    let count = 0;
    for await (const page of snapshot.scan(range).pages()) {
      for (let i = 0; i < page.length; i += 1) if (page.value(i).length > 0) count += 1;
    }
    if (count !== SCANNED) throw new Error(`scanned ${count} keys`);
  }

  /** Reads the job, its lock and its state and writes all three, as a worker taking a job does. */
  async #claim(fast: boolean): Promise<void> {
    const transaction = await this.#client.begin({ onePc: fast, asyncCommit: fast });
    const job = random(JOBS);
    for (const kind of ["jobs", "locks", "state"]) {
      const key = this.#key(kind, job);
      if ((await transaction.get(key)) === undefined) throw new Error("a job is missing");
      transaction.put(key, value());
    }
    await transaction.commit();
  }
}

function random(below: number): number {
  return Math.trunc(Math.random() * below);
}

function hex(digits: number): string {
  return random(16 ** digits)
    .toString(16)
    .padStart(digits, "0");
}

/** A JSON record of 300 to 500 bytes. */
function value(): string {
  const id = hex(8) + hex(8) + hex(8) + hex(8);
  return `{"id":"${id}","status":"Pending","attempts":${random(5)},"created_at":${1_700_000_000_000 + random(1e9)},"source":"s3://bucket/recordings/${hex(8)}.mcap","note":"${"x".repeat(180 + random(200))}"}`;
}
