import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecording, type Recording } from "@roboflow/sources";
import { writeRecording, type RecordedMessage } from "@roboflow/sources/testing";
import { createStorage, toUrl } from "@roboflow/storage";

/** A message to be recorded: nanoseconds from the recording's start, and its fields. */
export interface GeneratedMessage {
  readonly time: number;
  readonly value: unknown;
}

export interface GeneratedTopic {
  /** e.g. `sensor_msgs/msg/JointState` */
  readonly type: string;
  readonly messages: readonly GeneratedMessage[];
}

export const RECORDING_START = 1_760_000_000_000_000_000n;

/** An open recording; disposing closes and removes it. */
export interface GeneratedRecording extends AsyncDisposable {
  readonly recording: Recording;
}

/** Writes an MCAP file of these messages, in order of time, and opens it. */
export async function generateRecording(
  topics: Readonly<Record<string, GeneratedTopic>>,
): Promise<GeneratedRecording> {
  const directory = await mkdtemp(join(tmpdir(), "roboflow-recording-"));
  const path = join(directory, "generated.mcap");
  const messages = Object.entries(topics).flatMap(([topic, { messages: ofTopic }]) =>
    ofTopic.map(({ time, value }): RecordedMessage => ({
      topic,
      logTime: RECORDING_START + BigInt(time),
      value,
    })),
  );
  await writeRecording(
    path,
    {
      topics: Object.entries(topics).map(([topic, { type }]) => ({ topic, type })),
      messages: messages.toSorted((a, b) => Number(a.logTime - b.logTime)),
    },
    { chunkSize: 64 * 1024, compression: "zstd" },
  );
  const storage = createStorage();
  const file = await storage.open(toUrl(path, directory));
  const recording = await openRecording(file);
  return {
    recording,
    async [Symbol.asyncDispose]() {
      await recording.close();
      await file.close();
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
}
