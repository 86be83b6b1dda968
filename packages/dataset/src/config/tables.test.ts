import { describe, expect, it } from "vitest";
import { configError, withMapping, withTable } from "../../test/support/config-error.js";
import { LerobotConfig } from "./lerobot-config.js";

const MAPPING = '[[mappings]]\ntopic = "/a"\nfeature = "action"';

function datasetOf(...lines: string[]): LerobotConfig["dataset"] {
  return LerobotConfig.fromToml(`[dataset]\n${lines.join("\n")}\n${MAPPING}`).dataset;
}

describe("[dataset]", () => {
  it("needs only name and fps", () => {
    expect(datasetOf('name = "demo"', "fps = 30.0")).toEqual({
      name: "demo",
      fps: 30,
      time: "log",
      data_files_size_in_mb: 100,
      video_files_size_in_mb: 200,
    });
  });

  it("keeps every key as written", () => {
    const lines = [
      'name = "my demo"',
      "fps = 15",
      'time = "header"',
      'robot_type = "so101"',
      'env_type = "lab"',
      'task = "pick up the cube"',
      "data_files_size_in_mb = 0.5",
      "video_files_size_in_mb = 1",
    ];
    expect(datasetOf(...lines)).toEqual({
      name: "my demo",
      fps: 15,
      time: "header",
      robot_type: "so101",
      env_type: "lab",
      task: "pick up the cube",
      data_files_size_in_mb: 0.5,
      video_files_size_in_mb: 1,
    });
  });

  it.each([
    'name = ""',
    'name = "  "',
    'name = "org/name"',
    "name = 5",
    "fps = 0",
    "fps = 29.97",
    'fps = "30"',
    "fps = 1001",
    "fps = nan",
    'time = "stamp"',
    'robot_type = ""',
    "env_type = 1",
    'task = ""',
    "data_files_size_in_mb = 0",
    "video_files_size_in_mb = inf",
    'robot = "so101"',
  ])("refuses %s", (line) => {
    const key = line.split(" ")[0];
    const others = ['name = "demo"', "fps = 30"].filter((other) => !other.startsWith(`${key} `));
    expect(configError(`[dataset]\n${[line, ...others].join("\n")}\n${MAPPING}`)).toMatchSnapshot();
  });
});

describe("[flushing] and [streaming]", () => {
  it("have defaults", () => {
    expect(LerobotConfig.fromToml(withMapping('feature = "action"'))).toMatchObject({
      flushing: {
        max_frames_per_chunk: 1000,
        max_memory_bytes: 2 * 1024 ** 3,
        incremental_video_encoding: true,
      },
      streaming: {
        ring_buffer_size: 128,
        upload_part_size: 16 * 1024 ** 2,
        buffer_timeout_secs: 5,
      },
    });
  });

  it.each([
    ["flushing", "max_frames_per_chunk", "10", "0"],
    ["flushing", "max_memory_bytes", "1_000_000", "-1"],
    ["flushing", "incremental_video_encoding", "false", '"no"'],
    ["streaming", "ring_buffer_size", "1", "1.5"],
    ["streaming", "upload_part_size", "5_242_880", "5_242_879"],
    ["streaming", "upload_part_size", "5_368_709_120", "5_368_709_121"],
    ["streaming", "buffer_timeout_secs", "0.5", "0"],
  ] as const)("%s.%s accepts %s and refuses %s", (table, key, good, bad) => {
    const config = LerobotConfig.fromToml(withTable(table, `${key} = ${good}`));
    expect(JSON.stringify(config[table])).toContain(`"${key}":${good.replaceAll("_", "")}`);
    expect(configError(withTable(table, `${key} = ${bad}`))).toMatchSnapshot();
  });
});
