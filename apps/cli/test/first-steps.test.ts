import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

describe("first steps with a recording", () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap");
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  it("inspect --json tells what is in it", async () => {
    const { topics } = JSON.parse(await text("inspect", "12_episode_0.mcap", "--json"));
    expect(topics).toContainEqual(
      expect.objectContaining({
        topic: "/joint_command",
        schemaName: "std_msgs/msg/Float64MultiArray",
        messageCount: 110,
        rateHz: expect.closeTo(50, 1),
      }),
    );
  });

  it("init writes a config that is valid and converts", async () => {
    await writeFile(workspace.path("robot.toml"), await text("init", "12_episode_0.mcap"));
    const valid = JSON.parse(await text("configs", "validate", "robot.toml", "--json"));
    expect(valid).toMatchObject({ valid: true, name: "12_episode_0", warnings: [] });
    const args = ["12_episode_0.mcap", "--config", "robot.toml", "--output", "dataset", "--json"];
    const converted = JSON.parse(await text("convert", ...args));
    expect(converted).toMatchObject({ episodes: 1 });
    expect(converted.frames).toBeGreaterThan(0);
    expect(Object.keys(converted.features)).toContain("observation.state");
  });

  it("health shows the store and that nothing waits", async () => {
    expect(await text("health")).toContain(`store ${workspace.store} (from ROBOFLOW_STORE)\n`);
    expect(JSON.parse(await text("health", "--json"))).toMatchObject({
      store: workspace.store,
      jobs: { Pending: 0 },
      workers: [],
    });
  });
});
