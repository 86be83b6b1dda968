import type { ErrorRecord } from "./error-record.js";

const CODES = new Set([
  "ERR_ROBOFLOW_STORE_UNAVAILABLE",
  "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
  // Transient if they have expired: whoever gives them out renews them.
  "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
]);

/** Whether what a job or batch needs was away: no fault of its own, and over without a decision. */
export function isOutage({ code, permanence }: ErrorRecord): boolean {
  return permanence === "transient" && CODES.has(code);
}
