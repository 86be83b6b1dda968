type State = ReadonlyMap<string, string>;

/** Snapshot isolation, first committer wins, written as plainly as it can be. */
export class SnapshotModel {
  #state: State = new Map();
  readonly #commits: ReadonlySet<string>[] = [];

  begin(): ModelTransaction {
    const began = this.#commits.length;
    return new ModelTransaction(this.#state, (own, touched) => {
      const since = this.#commits.slice(began);
      if (since.some((keys) => [...touched].some((key) => keys.has(key)))) return "conflict";
      const next = new Map(this.#state);
      for (const [key, value] of own) {
        if (value === undefined) next.delete(key);
        else next.set(key, value);
      }
      this.#state = next;
      this.#commits.push(touched);
      return "committed";
    });
  }

  /** What is committed, in order of keys. */
  pairs(): (readonly [string, string])[] {
    return sorted(this.#state);
  }
}

type Own = ReadonlyMap<string, string | undefined>;
type Outcome = "committed" | "conflict";

export class ModelTransaction {
  readonly #snapshot: State;
  readonly #finish: (own: Own, touched: ReadonlySet<string>) => Outcome;
  readonly #own = new Map<string, string | undefined>();
  readonly #touched = new Set<string>();

  constructor(snapshot: State, finish: (own: Own, touched: ReadonlySet<string>) => Outcome) {
    this.#snapshot = snapshot;
    this.#finish = finish;
  }

  put(key: string, value: string): void {
    this.#own.set(key, value);
    this.#touched.add(key);
  }

  delete(key: string): void {
    this.#own.set(key, undefined);
    this.#touched.add(key);
  }

  lock(key: string): void {
    this.#touched.add(key);
  }

  get(key: string): string | undefined {
    return this.#own.has(key) ? this.#own.get(key) : this.#snapshot.get(key);
  }

  /** What this transaction sees, in order of keys. */
  pairs(): (readonly [string, string])[] {
    const seen = new Map(this.#snapshot);
    for (const [key, value] of this.#own) {
      if (value === undefined) seen.delete(key);
      else seen.set(key, value);
    }
    return sorted(seen);
  }

  commit(): Outcome {
    return this.#finish(this.#own, this.#touched);
  }
}

function sorted(state: State): (readonly [string, string])[] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}
