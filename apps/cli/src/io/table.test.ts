import { expect, it } from "vitest";
import { table } from "./table.js";

it("aligns text to the left and numbers to the right", () => {
  expect(
    table(
      ["topic", "count"],
      [
        ["/a", 5],
        ["/long_topic", 1234],
      ],
    ),
  ).toEqual(["topic        count", "/a               5", "/long_topic   1234"]);
});
