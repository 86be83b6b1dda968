import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, joinUrl, toUrl } from "@roboflow/storage";
import { convertSource, LerobotConfig } from "../src/index.js";
import { BENCH_CONFIG, writeBenchRecording } from "./bench-recording.js";
import { report } from "./report.js";
import { startS3 } from "./s3-process.js";

/*
 * Conversion from S3 to S3 against the same from local disk to local disk, in turns; the server is a
 * process of its own on loopback. Ratios, as times depend on the machine; that of processor time also
 * holds on a busy one.
 */

const RUNS = 5;
/** Length of the recording; a shorter one for a quick look: `pnpm bench:s3 10`. */
const SECONDS = Number(process.argv[2] ?? 60);
const MAX_RATIO = 1.1;
const CONFIG = LerobotConfig.fromToml(BENCH_CONFIG);
/** A third of the recording, so that segments are uploaded while others are encoded. */
const CHECKPOINT_FRAMES = Math.ceil((SECONDS * CONFIG.dataset.fps) / 3);

const directory = await mkdtemp(join(tmpdir(), "roboflow-bench-"));
try {
  await using server = await startS3("bench", join(directory, "objects"));
  await using storage = createStorage({ env: { ...process.env, ...server.env } });
  const path = join(directory, "recording.mcap");
  await writeBenchRecording(path, SECONDS);
  const local = toUrl(path, directory);
  const remote = "s3://bench/recording.mcap";
  const { size } = await storage.upload(remote, path);
  console.log(`${SECONDS} s of two cameras, ${(size / 2 ** 20).toFixed(0)} MiB`);

  const convert = async (sourceUrl: string, artifactUrl: string): Promise<Cost> => {
    const started = performance.now();
    const before = process.cpuUsage();
    const { url, identity } = await storage.stat(sourceUrl);
    await convertSource(
      {
        source: { url, size, identity },
        config: { hash: CONFIG.hash, content: CONFIG.content },
        annotation: null,
        task: null,
        artifactUrl,
        options: { strict: false, salvage: false },
        checkpointFrames: CHECKPOINT_FRAMES,
      },
      { storage, scratchDir: join(directory, "scratch") },
    );
    const { user, system } = process.cpuUsage(before);
    const wall = performance.now() - started;
    await storage.removeTree(artifactUrl);
    return { wall, cpu: (user + system) / 1000 };
  };
  const base = toUrl(`${directory}/`, directory);
  const ratios: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const onDisk = await convert(local, joinUrl(base, `episode-${run}/`));
    const onS3 = await convert(remote, `s3://bench/episode-${run}/`);
    const ratio = { wall: onS3.wall / onDisk.wall, cpu: onS3.cpu / onDisk.cpu };
    ratios.push(ratio);
    console.log(
      `run ${run + 1}: local ${Math.round(onDisk.wall)} ms, S3 ${Math.round(onS3.wall)} ms, ` +
        `ratio ${ratio.wall.toFixed(3)}, of processor time ${ratio.cpu.toFixed(3)}`,
    );
  }
  report("from S3 to S3, median ratio to local: processor time", median(ratios, "cpu"), MAX_RATIO);
  report("from S3 to S3, median ratio to local: wall time", median(ratios, "wall"), MAX_RATIO);
} finally {
  await rm(directory, { recursive: true });
}

/** Milliseconds, or ratios of them. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

function median(costs: readonly Cost[], key: keyof Cost): number {
  return costs.map((cost) => cost[key]).toSorted((a, b) => a - b)[costs.length >> 1] ?? NaN;
}
