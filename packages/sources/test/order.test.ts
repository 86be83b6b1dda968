import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRecording } from "../src/index.js";
import { inMemory, recordingBytes, type RecordingLayout } from "../src/testing/index.js";
import { content, essence, inOrder, readAll } from "./recorded.js";

const layouts: fc.Arbitrary<RecordingLayout> = fc.record({
  compression: fc.constantFrom("none", "zstd", "lz4"),
  chunkSize: fc.integer({ min: 1, max: 2000 }),
  index: fc.constantFrom("full", "no-summary", "no-message-index", "no-statistics"),
  chunks: fc.boolean(),
});

/** From sorted to hopelessly mixed, with many equal times. */
const times = fc.integer({ min: 0, max: 60 }).chain((jitter) =>
  fc
    .array(fc.record({ topic: fc.nat(3), offset: fc.nat(jitter), step: fc.nat(3) }), {
      maxLength: 80,
    })
    .map((steps) => {
      let clock = 1000;
      return steps.map(({ topic, offset, step }) => ({ topic, time: (clock += step) - offset }));
    }),
);

describe("messages", () => {
  it("come in order of log time, equal times in file order, whatever the layout", async () => {
    await fc.assert(
      fc.asyncProperty(times, layouts, async (steps, layout) => {
        const { recorded, messages } = content(steps);
        const recording = await openRecording(inMemory(await recordingBytes(recorded, layout)));
        const expected = inOrder(messages);
        const all = await readAll(recording);
        expect(all.map(essence)).toEqual(expected.map(essence));
        for (const [topic, info] of recording.topics) {
          const own = expected.filter((message) => message.topic === topic);
          expect(info.messageCount).toBe(own.length);
          expect(info.firstLogTime).toBe(own[0]?.logTime);
          expect(info.lastLogTime).toBe(own.at(-1)?.logTime);
          const logTimes = await recording.logTimes({ topics: [topic] });
          expect([...(logTimes.get(topic) ?? [])]).toEqual(own.map(({ logTime }) => logTime));
        }
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("are those of the wanted topics and times only", async () => {
    const wish = fc.record({
      topics: fc.subarray(["/t0", "/t1", "/t2", "/t3"]),
      from: fc.integer({ min: 900, max: 1100 }),
      length: fc.integer({ min: -1, max: 100 }),
    });
    await fc.assert(
      fc.asyncProperty(times, layouts, wish, async (steps, layout, { topics, from, length }) => {
        const { recorded, messages } = content(steps);
        const recording = await openRecording(inMemory(await recordingBytes(recorded, layout)));
        const [startTime, endTime] = [BigInt(from), BigInt(from + length)];
        const expected = inOrder(messages).filter(
          ({ topic, logTime }) =>
            topics.includes(topic) && logTime >= startTime && logTime <= endTime,
        );
        // Not every layout declares a topic that has no message.
        const known = topics.filter((topic) => recording.topics.has(topic));
        const all = await readAll(recording, { topics: known, startTime, endTime });
        expect(all.map(essence)).toEqual(expected.map(essence));
      }),
      { numRuns: 100, seed: 5 },
    );
  });
});
