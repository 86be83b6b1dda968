import { expect, it } from "vitest";
import { bytes } from "../test/client.js";
import { clip } from "./key-span.js";

const none = bytes("");
const span = { start: bytes("b"), end: bytes("d") };

it.each([
  { start: none, end: none, clipped: span },
  { start: bytes("a"), end: bytes("z"), clipped: span },
  { start: bytes("c"), end: bytes("cc"), clipped: { start: bytes("c"), end: bytes("cc") } },
])("never reaches beyond the span: $start to $end", ({ start, end, clipped }) => {
  expect(clip(span, start, end)).toEqual(clipped);
});

it("takes any end where the span has none", () => {
  const open = { start: bytes("b"), end: undefined };
  expect(clip(open, none, none)).toEqual(open);
  expect(clip(open, none, bytes("z")).end).toEqual(bytes("z"));
});
