import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withMapping } from "../../test/support/config-error.js";
import { TimeGrid } from "../align/time-grid.js";
import { Annotation } from "./annotation.js";
import { LerobotConfig } from "./lerobot-config.js";
import { resolveTasks } from "./resolve-tasks.js";

const text = withMapping('feature = "action"');
const config = LerobotConfig.fromToml(text);
const withTask = LerobotConfig.fromToml(text.replace("fps", 'task = "general"\nfps'));
const grid = new TimeGrid(1_000_000_000n, 10, 20);

function annotationOf(
  ...ranges: (readonly [string, number | string, number | string])[]
): Annotation {
  return Annotation.fromToml(
    ranges
      .map(([task, from, to]) => `[[ranges]]\ntask = "${task}"\nfrom = ${from}\nto = ${to}\n`)
      .join(""),
  );
}

describe("without an annotation", () => {
  it("takes the job's task, else the config's, for the whole episode", () => {
    expect(resolveTasks({ config: withTask, task: "job", grid })).toEqual({
      tasks: [{ task: "job", from: 0, to: 20 }],
      warnings: [],
    });
    expect(resolveTasks({ config: withTask, task: null, grid }).tasks).toEqual([
      { task: "general", from: 0, to: 20 },
    ]);
  });

  it("takes the dataset's name as the last resort, and warns", () => {
    expect(resolveTasks({ config, grid })).toEqual({
      tasks: [{ task: "demo", from: 0, to: 20 }],
      warnings: ['no task given: frames have the dataset\'s name "demo" as task; set dataset.task'],
    });
  });
});

describe("with an annotation", () => {
  it("gives a range the frames from its start to before its end", () => {
    const annotation = annotationOf(["a", 0, 0.5], ["b", 0.5, 1.05], ["c", 1.05, 99]);
    expect(resolveTasks({ config, annotation, grid }).tasks).toEqual([
      { task: "a", from: 0, to: 5 },
      { task: "b", from: 5, to: 11 },
      { task: "c", from: 11, to: 20 },
    ]);
  });

  it("counts date-times from the epoch", () => {
    const annotation = annotationOf(["a", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01.5Z"]);
    expect(resolveTasks({ config, annotation, task: "rest", grid }).tasks).toEqual([
      { task: "a", from: 0, to: 5 },
      { task: "rest", from: 5, to: 20 },
    ]);
  });

  it("gives the other frames the job's task, else the config's, and joins equal neighbours", () => {
    const annotation = annotationOf(["a", 0.2, 0.4], ["a", 0.4, 0.6], ["general", 1, 1.2]);
    expect(resolveTasks({ config: withTask, annotation, grid }).tasks).toEqual([
      { task: "general", from: 0, to: 2 },
      { task: "a", from: 2, to: 6 },
      { task: "general", from: 6, to: 20 },
    ]);
    expect(resolveTasks({ config: withTask, annotation, task: "job", grid }).tasks[0]).toEqual({
      task: "job",
      from: 0,
      to: 2,
    });
  });

  it("passes over ranges between two frames or after the end", () => {
    const annotation = annotationOf(["a", 0.01, 0.09], ["b", 5, 6]);
    expect(resolveTasks({ config: withTask, annotation, grid }).tasks).toEqual([
      { task: "general", from: 0, to: 20 },
    ]);
  });

  it("fails where no task is left for a frame", () => {
    const annotation = annotationOf(["a", 0, 0.5], ["b", 1, 2]);
    expect(() => resolveTasks({ config, annotation, grid })).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_ANNOTATION_INVALID",
        message: "The annotation file gives no task from 0.500 s to 1.000 s of the episode",
      }),
    );
  });

  it("covers every frame once, each by the range that holds its time", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(
        cuts,
        fc.integer({ min: 1, max: 240 }),
        fc.integer({ min: 1, max: 300 }),
        (list, fps, frames) => {
          const sorted = list.toSorted((a, b) => a - b);
          const ranges = sorted.flatMap((from, index) => {
            const to = sorted[index + 1];
            return to === undefined || index % 3 === 2 ? [] : [{ task: `t${index}`, from, to }];
          });
          const annotation = annotationOf(
            ...ranges.map(({ task, from, to }) => [task, from / 1000, to / 1000] as const),
          );
          const episode = new TimeGrid(0n, fps, frames);
          const { tasks } = resolveTasks({ config, annotation, task: "rest", grid: episode });
          const byFrame = tasks.flatMap(({ task, from, to }) =>
            Array<string>(to - from).fill(task),
          );
          const expected = Array.from({ length: frames }, (_, frame) => {
            const time = episode.offset(frame);
            const range = ranges.find(({ from, to }) => from * 1e6 <= time && time < to * 1e6);
            return range?.task ?? "rest";
          });
          expect(byFrame).toEqual(expected);
          expect(tasks.map(({ from }) => from)).toEqual([
            0,
            ...tasks.slice(0, -1).map(({ to }) => to),
          ]);
        },
      ),
    );
  });
});
