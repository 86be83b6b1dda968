import { writeFile } from "node:fs/promises";
import { JobQueue, TikvClient } from "@roboflow/distributed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messages } from "./support/messages.js";
import { Workspace } from "./support/workspace.js";

const GOOD = `[dataset]
name = "robot"
fps = 30
[[mappings]]
topic = "/joint_states"
feature = "observation.state"
`;

describe("a submit with a bad config stores and queues nothing", () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap");
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function refusal(config?: string): Promise<string> {
    if (config !== undefined) await writeFile(workspace.path("robot.toml"), config);
    const args = ["submit", "12_episode_0.mcap", "--config", "robot.toml", "--output", "dataset"];
    const outcome = await workspace.run(args);
    expect(outcome.stdout).toBe("");
    await using client = await TikvClient.open(workspace.store);
    for await (const entry of client.listConfigs()) expect.fail(`stored ${entry.kind}`);
    const queue = new JobQueue(client.store);
    expect((await queue.listBatches()).batches).toEqual([]);
    expect((await queue.listJobs()).jobs).toEqual([]);
    return messages(outcome, workspace);
  }

  it("missing", async () => {
    expect(await refusal()).toMatchInlineSnapshot(`
      "error: <dir>/robot.toml: there is no such file
      hint: Give the path of the config, or make one with \`roboflow init\`.
      code: ERR_ROBOFLOW_CONFIG_NOT_FOUND
      exit 4"
    `);
  });

  it("not TOML", async () => {
    expect(await refusal(`${GOOD}max_age_ms = = 5\n`)).toMatchInlineSnapshot(`
      "error: <dir>/robot.toml: line 7, column 14: is not valid TOML: invalid value
      code: ERR_ROBOFLOW_CONFIG_INVALID
      exit 4"
    `);
  });

  it("with a value of the wrong type", async () => {
    expect(await refusal(GOOD.replace("30", '"thirty"'))).toMatchInlineSnapshot(`
      "error: <dir>/robot.toml: line 3: dataset.fps: must be a number, found "thirty"
      code: ERR_ROBOFLOW_CONFIG_INVALID
      exit 4"
    `);
  });

  it("with an unknown key", async () => {
    expect(await refusal(GOOD.replace("topic", "topics"))).toMatchInlineSnapshot(`
      "error: <dir>/robot.toml: 2 problems:
        line 4: mappings[0].topic: is missing; must be a string
        line 5: mappings[0].topics: is not a known key; did you mean \`topic\`?
      code: ERR_ROBOFLOW_CONFIG_INVALID
      exit 4"
    `);
  });

  it("too large", async () => {
    expect(await refusal(`${GOOD}# ${"x".repeat(1024 * 1024)}\n`)).toMatchInlineSnapshot(`
      "error: <dir>/robot.toml: is too large: 1048680 bytes, the limit is 1048576
      hint: Check that this is the file you mean.
      code: ERR_ROBOFLOW_CONFIG_INVALID
      exit 4"
    `);
  });
});
