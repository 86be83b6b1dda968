import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonObjectWriter } from "./json-object-writer.js";
import { recordingTerminal } from "../../test/support/recording-terminal.js";

it("prints what JSON.stringify prints, whatever is in it", () => {
  const fields = fc.dictionary(
    fc.string().filter((name) => name !== "jobs"),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fields, fc.array(fc.jsonValue()), fields, (first, jobs, last) => {
      const terminal = recordingTerminal();
      const writer = new JsonObjectWriter(terminal, "jobs", first);
      for (const job of jobs) writer.item(job);
      writer.end(last);
      expect(JSON.parse(terminal.stdout())).toEqual(
        JSON.parse(
          JSON.stringify(
            Object.fromEntries([...Object.entries(first), ["jobs", jobs], ...Object.entries(last)]),
          ),
        ),
      );
    }),
  );
});

it("lays it out as all other JSON of the command line", () => {
  const terminal = recordingTerminal();
  const writer = new JsonObjectWriter(terminal, "jobs", { output: "file:///out", none: undefined });
  writer.item({ id: "a", tags: ["x"] });
  writer.item({ id: "b", tags: [] });
  writer.end({ counts: { created: 2 } });
  const whole = {
    output: "file:///out",
    jobs: [
      { id: "a", tags: ["x"] },
      { id: "b", tags: [] },
    ],
    counts: { created: 2 },
  };
  expect(terminal.stdout()).toBe(`${JSON.stringify(whole, null, 2)}\n`);
});

it("prints nothing until there is something to tell", () => {
  const terminal = recordingTerminal();
  const writer = new JsonObjectWriter(terminal, "jobs", { output: "file:///out" });
  expect(terminal.stdout()).toBe("");
  writer.end({});
  expect(JSON.parse(terminal.stdout())).toEqual({ output: "file:///out", jobs: [] });
});
