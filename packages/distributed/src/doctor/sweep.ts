import { keySegments, prefixRange } from "../keys/codec.js";
import { writeAudit } from "../queue/audit.js";
import { describeKey } from "../store/bytes.js";
import { findStoreId } from "../store/store-id.js";
import type { KvPair, KvReader, KvTransaction } from "../store/kv-store.js";
import { throwIfAborted } from "../store/transaction.js";
import type { Examination } from "./examination.js";
import type { Defect } from "./finding.js";

/** A defect, and how to put it right in the transaction that sees it. */
export interface Judgement {
  /** The pair that it was found at. */
  readonly at: KvPair;
  readonly defect: Defect;
  /** Writes or locks every key that the judgement rests on. */
  repair?(tx: KvTransaction): void | Promise<void>;
}

/** Says what is wrong with pairs of a key range; must only read. */
export type Judge = (reader: KvReader, pairs: readonly KvPair[]) => Promise<Judgement[]>;

const PAGE = 128;

/**
 * Judges every pair below a prefix, page by page. What looks wrong is judged again in a transaction,
 * because a page and what is read beside it may be of two moments; repairs are made there as well.
 * @returns how many pairs there are
 */
export async function sweep(
  examination: Examination,
  prefix: Uint8Array,
  judge: Judge,
): Promise<number> {
  const { store, signal } = examination;
  let count = 0;
  let page: KvPair[] = [];
  const flush = async (): Promise<void> => {
    throwIfAborted(signal);
    const suspects = await judge(store, page);
    page = [];
    if (suspects.length === 0) return;
    const keys = new Map(suspects.map(({ at }) => [Buffer.from(at.key).toString("hex"), at.key]));
    await confirm(examination, [...keys.values()], judge);
  };
  for await (const pair of store.scan(prefixRange(prefix))) {
    count += 1;
    if (!isKey(pair.key)) {
      const key = describeKey(pair.key);
      const problem = `${key} is no key of this schema`;
      examination.add({ kind: "unreadable", key, problem, repair: null });
      continue;
    }
    page.push(pair);
    if (page.length >= PAGE) await flush();
  }
  await flush();
  examination.checked.entries += count;
  return count;
}

function isKey(key: Uint8Array): boolean {
  try {
    return keySegments(key).every((segment) => segment !== "");
  } catch {
    return false;
  }
}

async function confirm(
  examination: Examination,
  keys: readonly Uint8Array[],
  judge: Judge,
): Promise<void> {
  const { store, signal, fix } = examination;
  const defects = await store.transact(
    async (tx) => {
      const values = await tx.batchGet(keys);
      const pairs = keys.flatMap((key, index) => {
        const value = values[index];
        return value === undefined ? [] : [{ key, value }];
      });
      const judgements = await judge(tx, pairs);
      if (fix) await repairAll(examination, tx, judgements);
      return judgements.map(({ defect }) => defect);
    },
    signal === undefined ? {} : { signal },
  );
  for (const defect of defects) examination.add(defect);
}

async function repairAll(
  { actor }: Examination,
  tx: KvTransaction,
  judgements: readonly Judgement[],
): Promise<void> {
  const jobs = new Set<string>();
  let repairs = 0;
  for (const { defect, repair } of judgements) {
    if (repair === undefined || defect.repair === null) continue;
    await repair(tx);
    repairs += 1;
    if ("jobId" in defect) jobs.add(defect.jobId);
  }
  if (repairs === 0) return;
  const subject = { kind: "store", id: (await findStoreId(tx)) ?? "" } as const;
  const detail = `${repairs} ${repairs === 1 ? "defect" : "defects"}`;
  writeAudit(tx, { actor, action: "repair", subject, jobs: jobs.size, detail });
}
