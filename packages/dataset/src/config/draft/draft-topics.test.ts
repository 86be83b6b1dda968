import { fileURLToPath } from "node:url";
import { openRecording } from "@roboflow/sources";
import { createStorage } from "@roboflow/storage";
import { describe, expect, it } from "vitest";
import { LerobotConfig } from "../lerobot-config.js";
import { draftConfig } from "./draft-config.js";
import type { DraftTopic } from "./draft-topic.js";
import { draftTopics } from "./draft-topics.js";

async function topicsOf(name: string): Promise<DraftTopic[]> {
  const path = new URL(`../../../../../fixtures/recordings/${name}.mcap`, import.meta.url);
  await using storage = createStorage();
  await using file = await storage.open(path.href);
  await using recording = await openRecording(file);
  return await draftTopics(recording);
}

function contentOf(topics: readonly DraftTopic[], name: string): DraftTopic["content"] | undefined {
  return topics.find(({ topic }) => topic === name)?.content;
}

it("finds what each topic holds", async () => {
  const topics = await topicsOf("01_two_cameras_zstd");
  expect(contentOf(topics, "/cam_high/image_raw/compressed")).toEqual({
    kind: "image",
    width: 640,
    height: 480,
  });
  expect(contentOf(topics, "/joint_states")).toMatchObject({ kind: "numbers", named: true });
  const rate = topics.find(({ topic }) => topic === "/joint_states")?.rateHz;
  expect(rate).toBeGreaterThan(240);
  expect(rate).toBeLessThan(260);
});

it("finds the size of raw images", async () => {
  const topics = await topicsOf("02_raw_rgb_bgr_lz4");
  expect(contentOf(topics, "/cam_pad/image_raw")).toMatchObject({ kind: "image" });
});

it("says of depth images and empty topics why they can't be mapped", async () => {
  const depth = await topicsOf("10_depth_16uc1");
  const reasons = [...depth, ...(await topicsOf("09_empty_and_missing_topic"))].flatMap(
    ({ topic, content }) => (content.kind === "none" ? [`${topic}: ${content.reason}`] : []),
  );
  expect(reasons).toMatchInlineSnapshot(`
    [
      "/cam_high/depth: raw images with encoding "16UC1" are not supported",
      "/cam_high/depth/png: depth images are not supported (the message says "16UC1; png")",
      "/joint_command: has no messages",
    ]
  `);
});

describe("a draft maps what the recording's own config maps", () => {
  it.each([
    ["01_two_cameras_zstd", 30],
    ["02_raw_rgb_bgr_lz4", 15],
    ["03_unchunked", 30],
    ["05_truncated_no_summary", 30],
    ["10_depth_16uc1", 30],
    ["12_episode_0", 30],
  ])("%s at %i Hz", async (name, fps) => {
    const path = new URL(`../../../../../fixtures/recordings/${name}.toml`, import.meta.url);
    const expected = await LerobotConfig.fromFile(fileURLToPath(path));
    const draft = LerobotConfig.fromToml(draftConfig(await topicsOf(name), { name }));
    const mapped = (config: LerobotConfig): string[] =>
      config.mappings
        .map((mapping) => `${mapping.topic} ${mapping.feature} ${mapping.mapping_type}`)
        .toSorted();
    expect(mapped(draft)).toEqual(mapped(expected));
    expect(draft.dataset).toMatchObject({ name, fps });
  });
});
