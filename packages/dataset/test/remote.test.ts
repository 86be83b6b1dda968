import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { S3TestServer } from "@roboflow/s3-testkit";
import { writeRecording } from "@roboflow/sources/testing";
import { createStorage, joinUrl, toUrl, type Storage } from "@roboflow/storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  assembleArtifacts,
  convertSource,
  datasetInfo,
  LerobotConfig,
  publishArtifacts,
  verifyDataset,
  type PipelineContext,
  type SourceConversion,
} from "../src/index.js";
import { counterImage } from "./support/counter-picture.js";
import { treeOf } from "./support/tree.js";

const FRAMES = 23;
const EVERY = 5;
const START = 1_760_000_000_000_000_000n;
const CONFIG = LerobotConfig.fromToml(`[dataset]
name = "t"
fps = 10
task = "count"
[[mappings]]
topic = "/joints"
feature = "observation.state"
[[mappings]]
topic = "/cam"
feature = "observation.images.cam"
mapping_type = "image"
[[mappings]]
topic = "/wrist"
feature = "observation.images.wrist"
mapping_type = "image"
[video]
preset = "ultrafast"
threads = 1
`);
const config = { hash: CONFIG.hash, content: CONFIG.content };
const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: "" };
const CAMERAS = ["/cam", "/wrist"];

let root: string;
let scratchDir: string;
let server: S3TestServer;
let storage: Storage;
let context: PipelineContext;
/** Recordings of two episodes by place, and what their dataset is when all is local. */
const recordings: Record<"file" | "s3", string[]> = { file: [], s3: [] };
let expected: Record<string, string>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "roboflow-remote-"));
  scratchDir = join(root, "scratch");
  await mkdir(scratchDir);
  server = await S3TestServer.start({ buckets: ["robots"] });
  storage = createStorage({ env: server.env });
  context = { storage, scratchDir };
  for (const episode of [0, 1]) {
    const path = join(root, `${episode}.mcap`);
    await record(path, episode);
    const url = `s3://robots/in/${episode} ü.mcap`;
    await storage.upload(toUrl(url, root), path);
    recordings.file.push(toUrl(path, root));
    recordings.s3.push(toUrl(url, root));
  }
  const output = place("file", "local");
  await makeDataset(recordings.file, { artifacts: joinUrl(output, ".roboflow/"), output });
  expected = await treeOf(storage, output);
  expect(Object.keys(expected)).toContain("meta/info.json");
});
afterAll(async () => {
  await storage.close();
  await server.close();
  await rm(root, { recursive: true });
});

async function record(path: string, episode: number): Promise<void> {
  const frames = [...Array(FRAMES).keys()];
  await writeRecording(
    path,
    {
      topics: [
        { topic: "/joints", type: "sensor_msgs/msg/JointState" },
        ...CAMERAS.map((topic) => ({ topic, type: "sensor_msgs/msg/Image" })),
      ],
      messages: frames.flatMap((frame) => {
        const logTime = START + BigInt(frame * 1e8);
        const position = [frame + episode];
        return [
          {
            topic: "/joints",
            logTime,
            value: { header, name: ["a"], position, velocity: [], effort: [] },
          },
          ...CAMERAS.map((topic) => ({
            topic,
            logTime,
            value: counterImage(frame + 100 * episode),
          })),
        ];
      }),
    },
    { chunkSize: 128 * 1024, compression: "none" },
  );
}

function place(kind: "file" | "s3", name: string): string {
  return kind === "file"
    ? toUrl(`${join(root, name)}/`, root)
    : toUrl(`s3://robots/${name}/`, root);
}

async function conversion(
  sourceUrl: string,
  artifactUrl: string,
  resumeFrom: readonly string[] = [],
): Promise<SourceConversion> {
  const { url, size, identity } = await storage.stat(sourceUrl);
  return {
    source: { url, size, identity },
    config,
    annotation: null,
    task: null,
    artifactUrl,
    options: { strict: false, salvage: false },
    resumeFrom,
    checkpointFrames: EVERY,
  };
}

async function makeDataset(
  sources: readonly string[],
  { artifacts, output }: { readonly artifacts: string; readonly output: string },
): Promise<void> {
  const episodes = sources.map((sourceUrl, index) => ({
    sourceUrl,
    artifactUrl: joinUrl(artifacts, `job-${index}/`),
  }));
  for (const { sourceUrl, artifactUrl } of episodes)
    await convertSource(await conversion(sourceUrl, artifactUrl), context);
  const stagingUrl = joinUrl(output, ".roboflow/final/1/");
  const built = await assembleArtifacts({ config, episodes, stagingUrl }, context);
  expect(built).toMatchObject({ episodes: sources.length, frames: sources.length * FRAMES });
  const publication = { stagingUrl, outputUrl: output, storeUrl: "tikv://one", batchId: "b" };
  await publishArtifacts(
    { ...publication, generation: 1, token: 1 },
    { ...context, stillLeader: async () => true },
  );
  for (const { artifactUrl } of episodes) await storage.removeTree(artifactUrl);
}

describe("a dataset from and to object storage", () => {
  it.each([
    { from: "s3", through: "s3", to: "s3" },
    { from: "file", through: "s3", to: "s3" },
    { from: "s3", through: "file", to: "s3" },
    { from: "s3", through: "s3", to: "file" },
    { from: "s3", through: "file", to: "file" },
    { from: "file", through: "file", to: "s3" },
  ] as const)("from $from through $through to $to equals the local one", async (places) => {
    const { from, through, to } = places;
    const name = `out ${from} ${through} ${to}`;
    const output = place(to, name);
    await makeDataset(recordings[from], { artifacts: place(through, `${name} artifacts`), output });
    expect(await treeOf(storage, output)).toEqual(expected);
    expect(await readdir(scratchDir)).toEqual([]);
    expect(server.uploads()).toEqual([]);
  });

  it("leaves no upload behind whose first answer was lost", async () => {
    server.intercept({
      operation: "CreateMultipartUpload",
      probability: 0.5,
      seed: 3,
      action: { kind: "lose-answer" },
    });
    const output = place("s3", "lost answers");
    await makeDataset(recordings.s3, { artifacts: place("s3", "lost answers too"), output });
    expect(server.faults.map(({ acted }) => acted)).not.toEqual([0]);
    server.clearFaults();
    expect(server.uploads()).toEqual([]);
    expect(await treeOf(storage, output)).toEqual(expected);
  });

  it("is described and verified where it is", async () => {
    const output = place("s3", "verified");
    await makeDataset(recordings.s3, { artifacts: place("s3", "verified artifacts"), output });
    expect(await datasetInfo(output, { storage })).toMatchObject({
      version: "v3.0",
      episodes: 2,
      frames: 2 * FRAMES,
      videos: { files: CAMERAS.length },
    });
    expect(await verifyDataset(output, { storage, scratchDir })).toEqual([]);
    const video = joinUrl(output, "videos/observation.images.cam/chunk-000/file-000.mp4");
    await storage.remove(video);
    expect(await verifyDataset(output, { storage, scratchDir })).toMatchObject([
      { code: "file-missing", file: "videos/observation.images.cam/chunk-000/file-000.mp4" },
    ]);
    expect(await readdir(scratchDir)).toEqual([]);
    await expect(datasetInfo(place("s3", "nothing"), { storage })).rejects.toThrow(
      /s3:\/\/robots\/nothing\/ holds no LeRobot dataset/,
    );
  });
});

describe("a conversion to object storage", () => {
  it("holds no more than a segment and its upload of each camera on local disk", async () => {
    let most = 0;
    const watch = server.intercept(async () => {
      const files = await readdir(scratchDir, { recursive: true });
      most = Math.max(most, files.filter((file) => file.endsWith(".mp4")).length);
      return undefined;
    });
    await convertSource(await conversion(recordings.s3[0] ?? "", place("s3", "bounded")), context);
    expect(watch).toBeDefined();
    server.clearFaults();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2 * CAMERAS.length);
  });

  it("reads the recording once, and names files only after they are stored", async () => {
    const [source = ""] = recordings.s3;
    server.clearLog();
    const result = await convertSource(await conversion(source, place("s3", "ordered")), context);
    const { size } = await storage.stat(source);
    const read = server.log.filter(
      ({ operation, key }) => operation === "GetObject" && key.startsWith("in/"),
    );
    // Its ends, which hold the index, come in larger pieces than needed.
    expect(read.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(size + 3 * 64 * 1024);
    expect(result.bytes.read).toBeLessThan(1.1 * size);

    const stored = server.log
      .filter(({ operation, status }) => operation === "PutObject" && status === 200)
      .map(({ key }) => key.replace("ordered/", ""));
    expect(stored.at(-1)).toBe("episode.json");
    for (let number = 0; (number + 1) * EVERY < FRAMES; number++) {
      const name = String(number).padStart(6, "0");
      const at = stored.indexOf(`checkpoints/${name}.json`);
      const videos = ["cam", "wrist"].map((camera) =>
        stored.indexOf(`videos/observation.images.${camera}/${name}.mp4`),
      );
      expect(Math.min(...videos)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...videos)).toBeLessThan(at);
    }
  });

  it("goes on from the checkpoints of an attempt that failed, on whichever storage", async () => {
    const [source = ""] = recordings.s3;
    const whole = place("s3", "resume/whole");
    const result = await convertSource(await conversion(source, whole), context);
    expect(result).toMatchObject({ frames: FRAMES, resumedFrames: 0 });
    expect(result.bytes.read).toBeGreaterThanOrEqual((await storage.stat(source)).size * 0.9);
    const tree = await treeOf(storage, whole);
    const stored = await sizeOf(whole);
    expect(result.bytes.written).toBe(stored);

    const failed = place("s3", "resume/1");
    server.intercept({
      key: "resume/1/checkpoints/000002",
      action: { kind: "error", status: 403, code: "AccessDenied" },
    });
    await expect(convertSource(await conversion(source, failed), context)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_DENIED",
    });
    server.clearFaults();
    for (const [kind, name] of [
      ["s3", "resume/2"],
      ["file", "resume-3"],
    ] as const) {
      const again = place(kind, name);
      const request = await conversion(source, again, [place("s3", "resume/none"), failed]);
      const progress: number[] = [];
      const resumed = await convertSource(request, {
        ...context,
        onProgress: ({ framesDone }) => progress.push(framesDone),
      });
      expect(resumed).toMatchObject({ frames: FRAMES, resumedFrames: 2 * EVERY });
      expect(progress[0]).toBe(2 * EVERY);
      expect(await treeOf(storage, again)).toEqual(tree);
    }
    expect(await readdir(scratchDir)).toEqual([]);
  });

  it("goes on where a killed process was, and clears up after it", async () => {
    const [source = ""] = recordings.s3;
    const calm = place("s3", "killed/calm");
    await convertSource(await conversion(source, calm), context);
    const killed = place("s3", "killed/1");
    const program = fileURLToPath(new URL("support/convert-child.ts", import.meta.url));
    const options = ["--conditions=@roboflow/source", "--import", "tsx", program];
    const request = JSON.stringify(await conversion(source, killed));
    const child = spawn(process.execPath, [...options, request, scratchDir], {
      env: { ...process.env, ...server.env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const exit = once(child, "exit");
    // Its third checkpoint never arrives.
    server.intercept(({ key }) => {
      if (!key.startsWith("killed/1/checkpoints/000002")) return undefined;
      child.kill("SIGKILL");
      return { kind: "disconnect" };
    });
    expect(await exit).toEqual([null, "SIGKILL"]);
    server.clearFaults();
    expect(await readdir(scratchDir)).toHaveLength(1);

    const again = place("s3", "killed/2");
    const resumed = await convertSource(await conversion(source, again, [killed]), context);
    expect(resumed).toMatchObject({ frames: FRAMES, resumedFrames: 2 * EVERY });
    expect(await treeOf(storage, again)).toEqual(await treeOf(storage, calm));
    expect(await readdir(scratchDir)).toEqual([]);
  }, 60_000);

  it("takes over an episode that an earlier attempt finished, without reading the recording", async () => {
    const [source = ""] = recordings.s3;
    const first = place("s3", "finished/1");
    const done = await convertSource(await conversion(source, first), context);
    const second = place("s3", "finished/2");
    const taken = await convertSource(await conversion(source, second, [first]), context);
    expect(taken).toMatchObject({
      frames: FRAMES,
      resumedFrames: FRAMES,
      report: done.report,
      bytes: { read: 0 },
    });
    const { "episode.json": manifest, ...files } = await treeOf(storage, second);
    expect(await treeOf(storage, first)).toMatchObject({ "episode.json": manifest, ...files });

    // Damaged since, it is of no use.
    await storage.put(joinUrl(second, "data.parquet"), new Uint8Array(9));
    const third = place("s3", "finished/3");
    const request = await conversion(source, third, [second, joinUrl(first, "checkpoints/")]);
    expect(await convertSource(request, context)).toMatchObject({ resumedFrames: 0 });
    expect(await treeOf(storage, third)).toEqual(await treeOf(storage, first));
  });

  it("gives the same after requests that failed in passing", async () => {
    const [source = ""] = recordings.s3;
    const calm = place("s3", "calm");
    await convertSource(await conversion(source, calm), context);
    server.intercept({
      probability: 0.2,
      seed: 7,
      action: { kind: "error", status: 503, code: "SlowDown" },
    });
    const retries: string[] = [];
    const stormy = place("s3", "stormy");
    const quick = createStorage({
      env: server.env,
      s3: { maxAttempts: 10 },
      onRetry: ({ reason }) => retries.push(reason),
    });
    await convertSource(await conversion(source, stormy), { ...context, storage: quick });
    server.clearFaults();
    await quick.close();
    expect(retries).toContain("SlowDown");
    expect(await treeOf(storage, stormy)).toEqual(await treeOf(storage, calm));
  });
});

async function sizeOf(url: string): Promise<number> {
  let bytes = 0;
  for await (const { size } of storage.list(url)) bytes += size;
  return bytes;
}
