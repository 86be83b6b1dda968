import { expect, it } from "vitest";
import { instant, span } from "./numbers.js";

it.each([
  ["90s", 90_000],
  ["5m", 300_000],
  ["1.5h", 5_400_000],
  ["30d", 2_592_000_000],
  ["0d", 0],
  ["1w", 604_800_000],
])("takes %s for %d ms", (text, ms) => {
  expect(span(text)).toBe(ms);
});

it.each(["", "30", "d", "-1d", "1y", "1 d", "99999999999999999999w"])("refuses span %j", (text) => {
  expect(() => span(text)).toThrow("It must be a number with s, m, h, d or w");
});

it.each([
  ["2026-01-31T18:00Z", "2026-01-31T18:00:00.000Z"],
  ["2026-01-31T18:00:30+02:00", "2026-01-31T16:00:30.000Z"],
])("takes %s for an instant", (text, iso) => {
  expect(new Date(instant(text)).toISOString()).toBe(iso);
});

it.each(["", "tomorrow", "2026-01-31", "2026-13-31T00:00", "1769882400000"])(
  "refuses instant %j",
  (text) => {
    expect(() => instant(text)).toThrow("It must be a date and time");
  },
);
