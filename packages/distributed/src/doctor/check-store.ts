import { authorize } from "../queue/authorize.js";
import type { KvStore } from "../store/kv-store.js";
import { checkBatchEntries } from "./batch-entries.js";
import { checkBatchJobs } from "./batch-jobs.js";
import { checkBatchRecords } from "./batch-records.js";
import { Examination, type DoctorOptions, type DoctorReport } from "./examination.js";
import { checkJobEntries } from "./job-entries.js";
import { checkJobRecords } from "./job-records.js";
import { checkOtherRecords } from "./other-records.js";

/**
 * Checks that the records of a store and all of its indices agree, with bounded memory and while the
 * fleet works on: what is reported was seen in one transaction. With `fix` it repairs in that same
 * transaction what can be repaired without a guess, and writes each repair to the audit log. What
 * is left then needs a person: see each finding's `problem`.
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED`, `ERR_ROBOFLOW_ABORTED`, and the store's own
 */
export async function checkStore(
  store: KvStore,
  options: DoctorOptions = {},
): Promise<DoctorReport> {
  const examination = new Examination(store, options);
  if (examination.fix) {
    const { actor } = examination;
    authorize("repair", { actor, owner: undefined, admins: options.admins ?? [] });
  }
  // Jobs first: what is concluded from a batch's list of jobs needs the list to be right.
  await checkJobRecords(examination);
  await checkJobEntries(examination);
  await checkBatchRecords(examination);
  await checkBatchEntries(examination);
  await checkBatchJobs(examination);
  await checkOtherRecords(examination);
  return examination.report();
}
