import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@roboflow/core";
import { afterEach, describe, expect, it } from "vitest";
import { convertGenerated, type ConvertedEpisode } from "../../test/support/convert-generated.js";
import { counterImage } from "../../test/support/counter-picture.js";
import type { GeneratedTopic } from "../../test/support/generated-recording.js";
import { Annotation } from "../config/annotation.js";

const DATASET = '[dataset]\nname = "t"\nfps = 10\n';
const STATE = '[[mappings]]\ntopic = "/joints"\nfeature = "observation.state"\n';
const CAMERA =
  '[[mappings]]\ntopic = "/cam"\nfeature = "observation.images.cam"\nmapping_type = "image"\n';
const FAST = '[video]\npreset = "ultrafast"\n';

const every = (period: number, count: number) =>
  Array.from({ length: count }, (_, index) => Math.round(index * period * 1e6));

const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: "" };

/** JointState messages at these times; joint `j` of message `i` is at `10 i + j`. */
function joints(times: readonly number[], names = ["a", "b"]): GeneratedTopic {
  return {
    type: "sensor_msgs/msg/JointState",
    messages: times.map((time, index) => {
      const position = names.map((_, joint) => 10 * index + joint);
      return { time, value: { header, name: names, position, velocity: [], effort: [] } };
    }),
  };
}

function camera(times: readonly number[]): GeneratedTopic {
  return {
    type: "sensor_msgs/msg/Image",
    messages: times.map((time, index) => ({ time, value: counterImage(index) })),
  };
}

const converted: string[] = [];
async function convert(...options: Parameters<typeof convertGenerated>): Promise<ConvertedEpisode> {
  const episode = await convertGenerated(...options);
  converted.push(episode.directory);
  return episode;
}
afterEach(() => Promise.all(converted.splice(0).map((path) => rm(path, { recursive: true }))));

describe("convertRecording", () => {
  it("leaves an episode: columns, videos and a manifest that describes them", async () => {
    const topics = { "/joints": joints(every(20, 50)), "/cam": camera(every(100, 10)) };
    const toml = `${DATASET}robot_type = "arm"\ntask = "pick"\n${STATE}${CAMERA}${FAST}`;
    const { directory, manifest, table, counters } = await convert(toml, topics);
    expect(manifest).toMatchObject({
      version: 2,
      length: 10,
      fps: 10,
      robotType: "arm",
      tasks: [{ task: "pick", from: 0, to: 10 }],
      features: {
        "observation.state": { dtype: "float32", shape: [2], names: ["a", "b"] },
        "observation.images.cam": {
          dtype: "video",
          shape: [48, 64, 3],
          names: ["height", "width", "channels"],
        },
      },
      stats: {
        "observation.state": { kind: "numeric", count: 10, min: [0, 1], max: [450, 451] },
        "observation.images.cam": { kind: "image", count: 10 },
      },
      topics: [
        { topic: "/joints", messages: 50, used: 10, dropped: 40, held: 0 },
        { topic: "/cam", messages: 10, used: 10, dropped: 0, held: 0 },
      ],
      warnings: [],
    });
    expect([...(table["observation.state"]?.values ?? [])].slice(0, 4)).toEqual([0, 1, 50, 51]);
    expect(await counters("observation.images.cam")).toEqual([...Array(10).keys()]);
    expect(JSON.parse(await readFile(join(directory, "episode.json"), "utf8"))).toEqual(manifest);
  });

  it("gives the same bytes for the same input", async () => {
    const topics = { "/joints": joints(every(20, 50)), "/cam": camera(every(100, 10)) };
    const toml = `${DATASET}${STATE}${CAMERA}${FAST}`;
    const [a, b] = [await convert(toml, topics), await convert(toml, topics)];
    const files = await readdir(a.directory, { recursive: true, withFileTypes: true });
    const paths = files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name));
    expect(paths).toHaveLength(3);
    for (const path of paths)
      expect(await readFile(path)).toEqual(await readFile(path.replace(a.directory, b.directory)));
  });

  it("concatenates the mappings of one feature in the config's order", async () => {
    const toml = `${DATASET}${STATE}names = ["b"]\n${STATE.replace("/joints", "/gripper")}`;
    const gripper: GeneratedTopic = {
      type: "std_msgs/msg/Float64",
      messages: [
        { time: 0, value: { data: 0.5 } },
        { time: 1e8, value: { data: 0.25 } },
      ],
    };
    const { manifest, table } = await convert(toml, {
      "/joints": joints(every(100, 2)),
      "/gripper": gripper,
    });
    expect(manifest.features["observation.state"]).toMatchObject({
      shape: [2],
      names: ["b", "data"],
    });
    expect([...(table["observation.state"]?.values ?? [])]).toEqual([1, 0.5, 11, 0.25]);
  });

  it("tells elements of one name apart by their topics", async () => {
    const toml = `${DATASET}${STATE}${STATE.replace("/joints", "/right/joints")}`;
    const topics = { "/joints": joints(every(100, 2)), "/right/joints": joints(every(100, 2)) };
    const { manifest } = await convert(toml, topics);
    expect(manifest.features["observation.state"]?.names).toEqual([
      "joints.a",
      "joints.b",
      "right/joints.a",
      "right/joints.b",
    ]);
  });

  it("keeps the times of messages as seconds from the first frame", async () => {
    const time = '[[mappings]]\ntopic = "/joints"\nmapping_type = "timestamp"\nfeature = ';
    const stamp = `${time}"stamp"\nfield = "header.stamp"\n`;
    const { manifest, table } = await convert(`${DATASET}${STATE}${time}"time"\n${stamp}`, {
      "/joints": joints([5e6, 95e6, 205e6]),
    });
    expect(manifest.features["time"]).toEqual({ dtype: "float64", shape: [1], names: null });
    expect(table["time"]?.values).toEqual(Float64Array.of(0, 0.09, 0.2));
    // The stamps are 1 s after the epoch.
    expect(table["stamp"]?.values[0]).toBeCloseTo(1 - 1_760_000_000.005, 6);
  });

  it("fills what an optional topic lacks, without letting it bound the episode", async () => {
    const optional = 'topic = "/late"\noptional = true\n';
    const toml = [
      `${DATASET}${STATE}[[mappings]]\nfeature = "late"\n${optional}fill = -1\nmax_age_ms = 150\n`,
      `[[mappings]]\nfeature = "absent"\n${optional.replace("late", "absent")}fill = [7, 8]\n`,
    ];
    const topics = { "/joints": joints(every(100, 6)), "/late": joints([100e6, 200e6], ["x"]) };
    const { manifest, table } = await convert(toml.join(""), topics);
    expect(manifest.length).toBe(6);
    expect([...(table["late"]?.values ?? [])]).toEqual([-1, 0, 10, 10, -1, -1]);
    expect([...(table["absent"]?.values ?? [])].slice(0, 4)).toEqual([7, 8, 7, 8]);
    expect(manifest.topics[1]).toMatchObject({ filled: 3, used: 2, held: 1, stale: 2 });
    expect(manifest.warnings.slice(-2)).toEqual([
      "topic /late: 3 frames of late hold its fill",
      "topic /absent has no messages: absent holds its fill",
    ]);
  });

  it("shows the fill of an optional camera before its first image", async () => {
    const toml = `${DATASET}${STATE}${CAMERA}optional = true\nfill = [255, 255, 255]\n${FAST}`;
    const topics = { "/joints": joints(every(100, 5)), "/cam": camera([150e6, 300e6]) };
    const { counters } = await convert(toml, topics);
    expect(await counters("observation.images.cam")).toEqual([4095, 4095, 0, 1, 1]);
  });

  it("repeats a frozen camera's last image where on_gap allows it, and says so", async () => {
    const toml = `${DATASET}${STATE}${CAMERA}on_gap = "repeat"\nmax_age_ms = 250\n${FAST}`;
    const topics = { "/joints": joints(every(100, 8)), "/cam": camera([0, 100e6, 700e6]) };
    const { counters, manifest } = await convert(toml, topics);
    expect(await counters("observation.images.cam")).toEqual([0, 1, 1, 1, 1, 1, 1, 2]);
    expect(manifest.topics[1]).toMatchObject({ used: 3, held: 5, stale: 3, filled: 0 });
    expect(manifest.warnings).toContain(
      "topic /cam: 3 frames of observation.images.cam repeat a message older than max_age_ms",
    );
  });

  it("takes tasks from annotation, job and config in this order", async () => {
    const topics = { "/joints": joints(every(100, 10)) };
    const annotation = Annotation.fromToml('[[ranges]]\ntask = "reach"\nfrom = 0.0\nto = 0.4\n');
    const toml = `${DATASET}task = "config"\n${STATE}`;
    const { manifest } = await convert(toml, topics, { annotation, task: "job" });
    expect(manifest.tasks).toEqual([
      { task: "reach", from: 0, to: 4 },
      { task: "job", from: 4, to: 10 },
    ]);
    expect((await convert(toml, topics)).manifest.tasks).toEqual([
      { task: "config", from: 0, to: 10 },
    ]);
  });

  it.each([
    ["streaming", "ring_buffer_size"],
    ["flushing", "max_frames_per_chunk"],
    ["flushing", "max_memory_bytes"],
  ])("lets no more pictures wait than %s.%s allows", async (table, key) => {
    const waited: unknown[] = [];
    const ignore = () => {};
    const logger: Logger = {
      info: ignore,
      warn: ignore,
      error: ignore,
      debug: (message, fields) => message.startsWith("pictures that waited") && waited.push(fields),
    };
    const topics = { "/joints": joints(every(100, 40)), "/cam": camera(every(100, 40)) };
    const toml = `${DATASET}${STATE}${CAMERA}${FAST}`;
    const { manifest } = await convert(`${toml}[${table}]\n${key} = 1\n`, topics, { logger });
    expect(manifest.length).toBe(40);
    expect(waited).toEqual([expect.objectContaining({ pictures: 1 })]);
  });

  it("reports frames until all are done", async () => {
    const done: number[] = [];
    const topics = { "/joints": joints(every(20, 50)), "/cam": camera(every(100, 10)) };
    await convert(`${DATASET}${STATE}${CAMERA}${FAST}`, topics, {
      onProgress({ framesDone, framesTotal }) {
        expect(framesTotal).toBe(10);
        done.push(framesDone);
      },
    });
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBe(10);
  });

  it("stops when it is aborted", async () => {
    const stop = new AbortController();
    const topics = { "/joints": joints(every(100, 40)), "/cam": camera(every(100, 40)) };
    const running = convert(`${DATASET}${STATE}${CAMERA}${FAST}`, topics, {
      signal: stop.signal,
      onProgress: ({ framesDone }) => framesDone === 5 && stop.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
  });
});
