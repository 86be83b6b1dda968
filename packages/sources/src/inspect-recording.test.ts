import { expect, it } from "vitest";
import { inspectRecording } from "./inspect-recording.js";
import { openRecording } from "./open-recording.js";
import { inMemory, recordingBytes, type RecordingLayout } from "./testing/index.js";

const SECOND = 1_000_000_000n;

async function inspect(times: readonly number[], layout: RecordingLayout) {
  const bytes = await recordingBytes(
    {
      topics: [
        { topic: "/data", type: "std_msgs/msg/Float64" },
        { topic: "/never", type: "std_msgs/msg/Bool" },
      ],
      messages: times.map((time) => ({
        topic: "/data",
        logTime: BigInt(time) * SECOND,
        value: { data: 1 },
      })),
    },
    layout,
  );
  return inspectRecording(await openRecording(inMemory(bytes)));
}

it.each<RecordingLayout>([{ chunkSize: 100 }, { index: "no-message-index", chunkSize: 100 }])(
  "tells count, rate, duration and largest gap, in whatever order they lie (%o)",
  async (layout) => {
    const [data] = await inspect([10, 12, 11, 19, 15, 20], layout);
    expect(data).toMatchObject({
      topic: "/data",
      schemaName: "std_msgs/msg/Float64",
      messageCount: 6,
      firstLogTime: 10n * SECOND,
      lastLogTime: 20n * SECOND,
      durationSeconds: 10,
      rateHz: 0.5,
      largestGapSeconds: 4,
    });
  },
);

it("leaves undefined what too few messages don't tell", async () => {
  const [one, never] = await inspect([10], {});
  expect(one).toMatchObject({ messageCount: 1, durationSeconds: 0 });
  expect(never).toMatchObject({ topic: "/never", messageCount: 0 });
  expect([one?.rateHz, one?.largestGapSeconds]).toEqual([undefined, undefined]);
  expect([never?.durationSeconds, never?.rateHz]).toEqual([undefined, undefined]);
  const [same] = await inspect([10, 10], {});
  expect(same).toMatchObject({ durationSeconds: 0, rateHz: undefined, largestGapSeconds: 0 });
});
