import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSubmissionManifest, type PlannedJob } from "./submission-manifest.js";

describe("readSubmissionManifest", () => {
  let directory: string;
  let path: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "roboflow-cli-"));
    path = join(directory, "jobs.json");
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function read(text: string): Promise<PlannedJob[]> {
    await writeFile(path, text);
    const jobs: PlannedJob[] = [];
    for await (const job of readSubmissionManifest(path)) jobs.push(job);
    return jobs;
  }

  const entries = fc.array(
    fc.record(
      {
        source: fc.string({ minLength: 1, unit: "grapheme" }).map((name) => `s3://robots/${name}`),
        task: fc.string({ minLength: 1, unit: "grapheme" }),
        ordinal: fc.nat(),
        priority: fc.integer({ min: 0, max: 99 }),
      },
      { requiredKeys: ["source"] },
    ),
    { maxLength: 50 },
  );

  it("gives the same for a list and for one entry a line, whatever is in them", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.constantFrom(undefined, 2), async (list, indent) => {
        const expected = list.map(({ source, task, ordinal, priority }) => ({
          source,
          task,
          ordinal,
          priority,
        }));
        expect(await read(JSON.stringify(list, null, indent))).toEqual(expected);
        expect(await read(list.map((entry) => `${JSON.stringify(entry)}\r\n\n`).join(""))).toEqual(
          expected,
        );
      }),
    );
  });

  it("takes relative sources from the file's directory", async () => {
    expect(await read('{"source": "runs/1.mcap"}')).toMatchObject([
      { source: join(directory, "runs/1.mcap") },
    ]);
  });

  it("reads a file that is far larger than one block", async () => {
    const list = Array.from({ length: 20_000 }, (_, index) => ({ source: `s3://b/${index}.mcap` }));
    const read1 = await read(JSON.stringify(list));
    expect(read1).toHaveLength(20_000);
    expect(read1.at(-1)).toMatchObject({ source: "s3://b/19999.mcap" });
  });

  it.each([
    ["[1", "not JSON: it ends in the middle"],
    ["", undefined],
    ["[x]", "not JSON"],
    ['"text"', "neither a list nor an object a line"],
    ['{"source": "a"}\nsecret', "line 2 is not JSON"],
    ['[{"source": "a"}, {"source": 1}]', "entry 1 source: "],
    ['{"source": "a"}\n\n{"source": "b", "prio": 1}', 'line 3: Unrecognized key: "prio"'],
    ['[{"source": "a", "priority": 100}]', "entry 0 priority: "],
  ])("says what is wrong with %j", async (text, problem) => {
    const reading = read(text);
    if (problem === undefined) {
      expect(await reading).toEqual([]);
      return;
    }
    await expect(reading).rejects.toMatchObject({ code: "ERR_ROBOFLOW_CLI_USAGE" });
    await expect(reading).rejects.toThrow(`${path}: ${problem}`);
    await expect(reading).rejects.not.toThrow("secret");
  });

  it("names a file that is not there", async () => {
    const absent = join(directory, "absent.json");
    await expect(readSubmissionManifest(absent).next()).rejects.toThrow(`${absent}: can't be read`);
  });
});
