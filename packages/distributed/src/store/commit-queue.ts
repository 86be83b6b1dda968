import { CommitLog, prepareWrites, type LoggedWrite } from "./commit-log.js";
import type { LmdbEnvironment } from "./lmdb-environment.js";
import { lmdbUnavailable } from "./lmdb-error.js";
import type { LmdbSnapshot } from "./lmdb-snapshot.js";
import type { CommitOutcome } from "./retry.js";
import { decodeState, encodeState, STATE_KEY } from "./store-state.js";
import type { Writes } from "./transaction.js";

/** More than these wait for the next write transaction, so that none blocks the process for long. */
const MAX_GROUP = 128;

/**
 * Groups between two looks for dead readers. What a killed process was reading would otherwise
 * keep its pages for as long as others run, and the file growing.
 */
const GROUPS_PER_READER_CHECK = 64;

interface PendingCommit {
  readonly snapshot: LmdbSnapshot;
  readonly writes: readonly LoggedWrite[];
  readonly resolve: (outcome: CommitOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits of this process, in order. Those that are ready in the same turn of the event loop
 * share one LMDB write transaction, and so one wait for the disk.
 */
export class CommitQueue {
  readonly #environment: LmdbEnvironment;
  readonly #log: CommitLog;
  readonly #timeFrom: (stored: number) => number;
  #pending: PendingCommit[] = [];
  #idle: Promise<void> = Promise.resolve();
  #groups = 0;

  constructor(environment: LmdbEnvironment, timeFrom: (stored: number) => number) {
    this.#environment = environment;
    this.#log = new CommitLog(environment.commits);
    this.#timeFrom = timeFrom;
  }

  /** Resolves when the outcome is on disk. */
  commit(snapshot: LmdbSnapshot, writes: Writes): Promise<CommitOutcome> {
    const committed = new Promise<CommitOutcome>((resolve, reject) => {
      this.#pending.push({ snapshot, writes: prepareWrites(writes), resolve, reject });
    });
    if (this.#pending.length === 1) this.#schedule();
    return committed;
  }

  /** Resolves when nothing is waiting. */
  async drained(): Promise<void> {
    while (this.#pending.length > 0) await this.#idle;
  }

  #schedule(): void {
    this.#idle = new Promise((resolve) => {
      setImmediate(() => {
        const group = this.#pending.slice(0, MAX_GROUP);
        this.#commitGroup(group);
        this.#pending = this.#pending.slice(group.length);
        if (this.#pending.length > 0) this.#schedule();
        resolve();
      });
    });
  }

  #commitGroup(group: readonly PendingCommit[]): void {
    let outcomes: readonly CommitOutcome[];
    try {
      this.#groups += 1;
      if (this.#groups % GROUPS_PER_READER_CHECK === 0) this.#environment.root.readerCheck();
      outcomes = this.#environment.root.transactionSync(() => this.#apply(group));
    } catch (error) {
      this.#log.forget();
      for (const { reject } of group) reject(lmdbUnavailable(this.#environment.path, error));
      return;
    }
    for (const [index, { resolve }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) resolve(outcome);
    }
  }

  /** Each commit is validated against all before it, those of this group included. */
  #apply(group: readonly PendingCommit[]): readonly CommitOutcome[] {
    const { meta } = this.#environment;
    const stored = decodeState(meta.get(STATE_KEY));
    let { sequence } = stored;
    const outcomes = group.map(({ snapshot, writes }): CommitOutcome => {
      const key = this.#log.findConflict(writes, snapshot.state.sequence, sequence);
      if (key !== undefined) return { kind: "conflict", key };
      sequence += 1;
      this.#log.append(sequence, writes);
      this.#write(writes);
      return { kind: "committed" };
    });
    if (sequence > stored.sequence) {
      meta.putSync(STATE_KEY, encodeState({ sequence, time: this.#timeFrom(stored.time) }));
    }
    return outcomes;
  }

  #write(writes: readonly LoggedWrite[]): void {
    const { data } = this.#environment;
    for (const { key, write } of writes) {
      if (write.kind === "put") data.putSync(key, write.value);
      else if (write.kind === "delete") data.removeSync(key);
    }
  }
}
