import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

describe("what others submitted, where admins are named", () => {
  let workspace: Workspace;
  let batchId: string;
  let jobId: string;
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
    const args = ["12_episode_0.mcap", "--config", "12_episode_0.toml", "--output", "dataset"];
    const { code, stdout, stderr } = await as("alice", "submit", ...args, "--json");
    expect(code, stderr).toBe(0);
    ({ batchId } = JSON.parse(stdout));
    jobId = JSON.parse(stdout).jobs[0].jobId;
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  const as = (user: string, ...args: string[]) =>
    workspace.run(args, { env: { ROBOFLOW_USER: user, ROBOFLOW_ADMIN_USERS: "carol, dave" } });

  it("is not another's to cancel", async () => {
    const { code, stdout, stderr } = await as("bob", "jobs", "cancel", jobId);
    expect(stderr).toBe(
      [
        "error: bob may not cancel what alice submitted",
        "hint: Ask alice, or one of ROBOFLOW_ADMIN_USERS, to do it.",
        "code: ERR_ROBOFLOW_NOT_ALLOWED",
        "",
      ].join("\n"),
    );
    expect(stdout).toBe("");
    expect(code).toBe(3);
  });

  it("is its submitter's and an admin's, and the audit log tells who did what", async () => {
    expect((await as("alice", "jobs", "cancel", jobId)).stdout).toBe(`${jobId} Cancelled\n`);
    expect((await as("carol", "batches", "cancel", batchId)).code).toBe(0);
    const listed = await as("bob", "audit", "list", "--json");
    expect(JSON.parse(listed.stdout)).toMatchObject({
      entries: [
        { actor: "carol", action: "cancel", subject: { kind: "batch", id: batchId } },
        { actor: "alice", action: "cancel", subject: { kind: "job", id: jobId } },
        { actor: "alice", action: "submit", subject: { kind: "batch", id: batchId }, jobs: 1 },
      ],
      cursor: null,
    });
    const own = await as("bob", "audit", "list", "--actor", "alice", "--action", "submit");
    expect(own.stdout.split("\n").slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^\\S+Z +alice +submit +batch +${batchId} +1$`)),
      "",
    ]);
  });
});
