import { wrongClocks } from "./clocks.js";
import type { Fault } from "./fault.js";
import { killAtCommit, killChildren, killFinalizer, killSubmitter, killWorkers } from "./kills.js";
import { lateGeneration } from "./late-generation.js";
import { fullDisk } from "./full-disk.js";
import { objectStoreErrors, slowObjectStore } from "./object-store-faults.js";
import { pauseWorkers, twoFinalizers } from "./pauses.js";
import { failOverPd, loseAnswers, moveRegions, restartStores } from "./store-faults.js";
import { storm } from "./storms.js";
import { truncatedRecording } from "./truncated-recording.js";

/** In the order in which the seeds go through them. */
export const FAULTS: readonly Fault[] = [
  killWorkers,
  killAtCommit,
  killChildren,
  killFinalizer,
  killSubmitter,
  pauseWorkers,
  twoFinalizers,
  lateGeneration,
  restartStores,
  moveRegions,
  loseAnswers,
  failOverPd,
  wrongClocks,
  truncatedRecording,
  objectStoreErrors,
  slowObjectStore,
  fullDisk,
  storm,
];
