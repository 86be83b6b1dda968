/** Guards of the protocol that the model can leave out, and how the checker misses each. */
export const BUGS = {
  "claim does not write the worker": "a dead worker claimed",
  "claim takes what is not ready": "a final job changed",
  "claim keeps the epoch": "an epoch was given twice",
  "an attempt's end checks only that the job runs": "an attempt without its job changed it",
  "an attempt's end checks nothing": "a final job changed",
  "taking checks no death": "a job was taken from a living worker",
  "unknown leases are not handed back": "stuck",
  "nobody promotes delayed jobs": "stuck",
  "nobody declares workers dead": "stuck",
  "the rest of a cancelled batch is left": "stuck",
  "the first chunk seals the batch": "sealed without all of its jobs",
  "retry does not write the batch": "decided with open jobs",
  "finalizing begins without the batch's revision": "a cancelled batch changed",
  "finalizing begins without the lock": "a finalizer that no longer leads changed the batch",
  "finalizing ends without its token": "a cancelled batch changed",
  "publishing may be cancelled": "a cancelled batch was published",
  "a publisher removes whatever is there": "the dataset is not what was completed",
  "a publisher replaces whatever is there": "the dataset is not what was completed",
} as const;
export type Bug = keyof typeof BUGS;
