import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "@roboflow/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configError, withMapping, withTable } from "../../test/support/config-error.js";
import { DatasetError } from "../error.js";
import { LerobotConfig } from "./lerobot-config.js";

const SAMPLE = new URL("../../../../fixtures/recordings/01_two_cameras_zstd.toml", import.meta.url);
const MINIMAL = withMapping('feature = "observation.state"');

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lerobot-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("fromToml", () => {
  it("reads a config in use", async () => {
    const config = LerobotConfig.fromToml(await readFile(SAMPLE));
    expect(config.dataset).toMatchObject({ name: "01_two_cameras_zstd", fps: 30 });
    expect(config.mappings.map(({ topic, feature }) => `${topic} ${feature}`)).toEqual([
      "/joint_states observation.state",
      "/joint_command action",
      "/cam_high/image_raw/compressed observation.images.cam_high",
      "/cam_wrist/image_raw/compressed observation.images.cam_wrist",
    ]);
    expect(config.video).toMatchObject({ codec: "libx264", crf: 20, profile: "high" });
  });

  it("reads every config that comes with a recording", async () => {
    const recordings = new URL(".", SAMPLE);
    const files = (await readdir(recordings)).filter((name) => name.endsWith(".toml"));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const config = await LerobotConfig.fromFile(fileURLToPath(new URL(file, recordings)));
      expect(`${config.dataset.name}.toml`).toBe(file);
      expect(config.warnings).toEqual(["dataset.env_type has no effect yet"]);
    }
  });

  it("keeps the exact text and hashes its exact bytes", () => {
    const bytes = Buffer.from(`\uFEFF${MINIMAL.replaceAll("\n", "\r\n")}`);
    const config = LerobotConfig.fromToml(bytes);
    expect(Buffer.from(config.content)).toEqual(bytes);
    expect(config.hash).toBe(sha256Hex(bytes));
    expect(LerobotConfig.fromToml(config.content).hash).toBe(config.hash);
    expect(LerobotConfig.fromToml(MINIMAL).hash).not.toBe(config.hash);
  });

  it("names the annotation file", () => {
    const config = LerobotConfig.fromToml(`annotation_file = "tasks.toml"\n${MINIMAL}`);
    expect(config.annotation_file).toBe("tasks.toml");
    expect("annotation_file" in LerobotConfig.fromToml(MINIMAL)).toBe(false);
    expect(configError(`annotation_file = ""\n${MINIMAL}`)).toBe(
      'line 1: annotation_file: must not be empty, found ""',
    );
  });

  it("can't be changed", () => {
    const config = LerobotConfig.fromToml(MINIMAL);
    const parts = [config, config.dataset, config.mappings, config.mappings[0], config.video];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  it("warns of keys without effect, only where they stand", () => {
    expect(LerobotConfig.fromToml(MINIMAL).warnings).toEqual([]);
    const text = withTable("streaming", "buffer_timeout_secs = 5", "ring_buffer_size = 4");
    expect(LerobotConfig.fromToml(text).warnings).toEqual([
      "streaming.buffer_timeout_secs has no effect yet",
    ]);
  });
});

describe("errors", () => {
  it.each([
    ["an empty file", ""],
    ["no TOML", "robot: arm\n"],
    ["a table for a value", '[dataset.name]\nx = 1\n[[mappings]]\ntopic = "/a"\nfeature = "a"'],
    ["a value for a table", 'dataset = "demo"\nmappings = "all"'],
    ["an unknown table", `${MINIMAL}\n[vidoe]\ncrf = 1`],
    ["keys in the wrong table", `${MINIMAL}\n[video]\nfps = 30\ntopic = "/a"`],
    ["a top-level key below a table", `${MINIMAL}\nannotation_file = "tasks.toml"`],
    ["a long value", `annotation_file = 1\n${MINIMAL.replace("30", `"${"secret ".repeat(20)}"`)}`],
    ["a date", MINIMAL.replace('"demo"', "2026-05-01")],
  ])("of %s", (name, text) => {
    expect(`${name}\n${configError(text)}`).toMatchSnapshot();
  });

  it("list at most 20 problems", () => {
    const keys = Array.from({ length: 30 }, (_, index) => `k${index} = 1`);
    const message = configError(withTable("video", ...keys));
    expect(message).toMatch(/^30 problems:/);
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toMatch(/\n  and 10 more$/);
  });

  it("are the only thing that anything but a valid config gives", () => {
    const piece = fc.constantFrom(
      ...'[[mappings]] [dataset] [video] = " \' """ { } [ ] , . \n 1 nan -inf 1e999 true 07:32 1979-05-27 topic feature fps name \\ \\u0000 # \uD800 __proto__ constructor'.split(
        " ",
      ),
      "\n",
      " ",
    );
    const soup = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(""));
    const broken = fc
      .tuple(fc.nat(MINIMAL.length), fc.nat(8), soup)
      .map(([at, length, text]) => MINIMAL.slice(0, at) + text + MINIMAL.slice(at + length));
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), soup, broken, bytes), (content) => {
        try {
          LerobotConfig.fromToml(content);
        } catch (error) {
          expect(error).toBeInstanceOf(DatasetError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("fromFile", () => {
  const path = (name: string): string => join(directory, name);

  async function failure(name: string): Promise<unknown> {
    return LerobotConfig.fromFile(path(name)).catch((error: unknown) => error);
  }

  it("reads what fromToml reads", async () => {
    await writeFile(path("robot.toml"), `\uFEFF${MINIMAL}`);
    const config = await LerobotConfig.fromFile(path("robot.toml"));
    expect(config).toEqual(LerobotConfig.fromToml(`\uFEFF${MINIMAL}`));
  });

  it("names a file that is missing, a directory, unreadable or too large", async () => {
    expect(await failure("missing.toml")).toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
      message: `${path("missing.toml")}: there is no such file`,
      cause: { code: "ENOENT" },
      hint: "Give the path of the config, or make one with `roboflow init`.",
    });
    expect(await failure(".")).toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
      message: `${path(".")}: is a directory, not a file`,
    });
    await symlink(path("loop.toml"), path("loop.toml"));
    expect(await failure("loop.toml")).toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND",
      message: `${path("loop.toml")}: can't be read (ELOOP)`,
    });
    await writeFile(path("large.toml"), Buffer.alloc(3 * 1024 * 1024, "#"));
    expect(await failure("large.toml")).toMatchObject({
      code: "ERR_ROBOFLOW_CONFIG_INVALID",
      message: `${path("large.toml")}: is too large: 3145728 bytes, the limit is 1048576`,
    });
  });

  it("names the file in what fromToml finds", async () => {
    await writeFile(path("wrong.toml"), MINIMAL.replace("30", "0"));
    expect(await failure("wrong.toml")).toMatchObject({
      message: `${path("wrong.toml")}: line 3: dataset.fps: must be above 0, found 0`,
    });
  });
});
