import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { benchPictures, CAMERAS, writeBenchRecording } from "./bench-recording.js";
import { convertOnce } from "./convert-once.js";
import { encodeFromMemory } from "./encode-from-memory.js";
import { report } from "./report.js";

/*
 * Conversion of 60 s (two cameras, joints) against the same decode + encode + mux from JPEGs already
 * in memory, interleaved; and its peak memory, also for ten times as much. Ratios, as times depend
 * on the machine.
 */

const RUNS = 5;
/** Length of the recording; a shorter one for a quick look: `pnpm bench 10`. */
const SECONDS = Number(process.argv[2] ?? 60);
const MAX_RATIO = 1.15;
const MAX_MIB = 600;
/** What ten times as long may take more: the columns and the noise of a garbage-collected heap. */
const MAX_GROWTH = 1.15;

const directory = await mkdtemp(join(tmpdir(), "roboflow-bench-"));
try {
  const short = join(directory, "short.mcap");
  const long = join(directory, "long.mcap");
  await writeBenchRecording(short, SECONDS);
  await writeBenchRecording(long, SECONDS * 10);
  const pictures = await Promise.all(CAMERAS.map((_, index) => benchPictures(index)));

  const ratios: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const peer = await encodeFromMemory(pictures, SECONDS, directory);
    const own = await convertOnce(short, join(directory, "episode"));
    ratios.push(own / peer);
    console.log(
      `run ${run + 1}: converted in ${Math.round(own)} ms, peer ${Math.round(peer)} ms, ratio ${(own / peer).toFixed(3)}`,
    );
  }
  const ratio = ratios.toSorted((a, b) => a - b)[RUNS >> 1] ?? NaN;
  const [atOnce, tenTimes] = [await peakMemory(short), await peakMemory(long)];
  const growth = tenTimes / atOnce;
  report("wall time, median ratio to the peer", ratio, MAX_RATIO);
  report(`peak memory of ${SECONDS} s, MiB`, atOnce, MAX_MIB);
  report(`peak memory of ${SECONDS * 10} s, MiB`, tenTimes, MAX_MIB);
  report("growth of peak memory", growth, MAX_GROWTH);
} finally {
  await rm(directory, { recursive: true });
}

async function peakMemory(recording: string): Promise<number> {
  const program = fileURLToPath(new URL("peak-memory.ts", import.meta.url));
  const args = [...process.execArgv, program, recording, join(directory, "episode")];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
