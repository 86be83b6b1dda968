import { expect, it } from "vitest";
import { claimBy, memoryRig, recordings, TRANSIENT } from "../../test/queue/queue-rig.js";
import { leaseOf } from "../queue/lease.js";
import { artifactUrl, earlierArtifactUrls } from "./artifact-url.js";

it("names what earlier attempts at a job left, newest first", async () => {
  const rig = await memoryRig();
  await rig.queue.submit(rig.request(recordings(1, { maxAttempts: 9 })));
  const first = await claimBy(rig.queue, "w1");
  expect(earlierArtifactUrls(first)).toEqual([]);
  await rig.queue.handBack(leaseOf(first));
  const second = await claimBy(rig.queue, "w1");
  await rig.queue.fail(leaseOf(second), TRANSIENT);
  rig.clock.advance(60_000);
  await rig.queue.promoteDue();
  const third = await claimBy(rig.queue, "w1");
  expect(earlierArtifactUrls(third)).toEqual([artifactUrl(second), artifactUrl(first)]);
});
