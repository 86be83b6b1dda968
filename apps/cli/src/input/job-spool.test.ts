import type { NewJob } from "@roboflow/distributed";
import { expect, it } from "vitest";
import { JobSpool } from "./job-spool.js";

async function all(spool: JobSpool): Promise<NewJob[]> {
  const jobs: NewJob[] = [];
  for await (const job of spool.jobs()) jobs.push(job);
  return jobs;
}

it("gives the jobs back in their order, as often as asked", async () => {
  // More than is written at once.
  const jobs = Array.from({ length: 3_000 }, (_, index) => ({
    source: { url: `s3://robots/ünïcode-${index}.mcap`, size: index, identity: `"${index}"` },
    task: index % 2 === 0 ? null : "two\nlines",
    ordinal: index,
  }));
  await using spool = await JobSpool.create();
  for (const job of jobs) await spool.add(job);
  expect(spool.count).toBe(jobs.length);
  expect(await all(spool)).toEqual(jobs);
  expect(await all(spool)).toEqual(jobs);
});

it("has no job at first", async () => {
  await using spool = await JobSpool.create();
  expect(await all(spool)).toEqual([]);
});
