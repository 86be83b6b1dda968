import { expect, test } from "vitest";
import { Lifetime } from "./lifetime.js";

test("closing stops everything once, and what comes later at once", () => {
  const lifetime = new Lifetime();
  const stopped: string[] = [];
  lifetime.onClose(() => stopped.push("first"));
  const takeBack = lifetime.onClose(() => stopped.push("taken back"));
  takeBack();
  lifetime.check();

  lifetime.close();
  lifetime.close();
  lifetime.onClose(() => stopped.push("late"));

  expect(stopped).toEqual(["first", "late"]);
  expect(() => lifetime.check()).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_CLOSED" }),
  );
});
