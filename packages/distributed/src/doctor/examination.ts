import { silentLogger, type Logger } from "@roboflow/core";
import { isDamaged, isUnreadable } from "../records/codec.js";
import type { KvStore } from "../store/kv-store.js";
import type { Defect, Finding } from "./finding.js";

export interface DoctorOptions {
  /** Repairs what can be repaired without a guess; false by default. */
  readonly fix?: boolean;
  /** Who repairs, for the audit log. */
  readonly actor?: string;
  /** Who may repair; nobody named: everybody. See `authorize`. */
  readonly admins?: readonly string[];
  /** Told of every finding, however many. */
  readonly onFinding?: (finding: Finding) => void;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
}

export interface DoctorReport {
  /** No defect is left. */
  readonly healthy: boolean;
  /** What was looked at. */
  readonly checked: { readonly jobs: number; readonly batches: number; readonly entries: number };
  /** The first 1,000. */
  readonly findings: readonly Finding[];
  /** All of them, also those beyond the first 1,000. */
  readonly found: number;
  readonly repaired: number;
  /** Records of newer versions: nothing can be said of them, and nothing is done to them. */
  readonly newer: number;
}

const KEPT_FINDINGS = 1_000;

/** One run of the doctor: what it works with, and what it has found so far. */
export class Examination {
  readonly store: KvStore;
  readonly fix: boolean;
  readonly actor: string;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  readonly checked = { jobs: 0, batches: 0, entries: 0 };
  /** Batches whose list of jobs is not to be trusted, so that nothing is concluded from it. */
  readonly doubtful = new Set<string>();
  readonly #onFinding: ((finding: Finding) => void) | undefined;
  readonly #findings: Finding[] = [];
  #found = 0;
  #repaired = 0;
  #newer = 0;

  constructor(store: KvStore, options: DoctorOptions) {
    this.store = store;
    this.fix = options.fix ?? false;
    this.actor = options.actor ?? "doctor";
    this.logger = options.logger ?? silentLogger;
    this.signal = options.signal;
    this.#onFinding = options.onFinding;
  }

  add(defect: Defect): void {
    const finding = { ...defect, repaired: this.fix && defect.repair !== null };
    this.#found += 1;
    if (finding.repaired) this.#repaired += 1;
    if (this.#findings.length < KEPT_FINDINGS) this.#findings.push(finding);
    this.#onFinding?.(finding);
    this.logger.warn("The doctor found a defect", { ...finding });
  }

  /** Undefined and counted for a record of a newer version. */
  unreadable(key: string, error: unknown): Defect | undefined {
    if (!isUnreadable(error)) throw error;
    if (!isDamaged(error)) {
      this.#newer += 1;
      return undefined;
    }
    return { kind: "unreadable", key, problem: error.message, repair: null };
  }

  report(): DoctorReport {
    return {
      healthy: this.#found === this.#repaired,
      checked: { ...this.checked },
      findings: this.#findings,
      found: this.#found,
      repaired: this.#repaired,
      newer: this.#newer,
    };
  }
}
