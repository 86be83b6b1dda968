import { z } from "zod";
import { OPERATIONS } from "../http/request.js";
import type { Action, FaultRule } from "./hook.js";

const count = z.number().int().min(0);
const action: z.ZodType<Action> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("delay"), ms: z.number().min(0) }),
  z.strictObject({ kind: z.literal("error"), status: z.number().int(), code: z.string() }),
  z.strictObject({ kind: z.literal("disconnect") }),
  z.strictObject({ kind: z.literal("lose-answer") }),
  z.strictObject({ kind: z.literal("cut"), afterBytes: count }),
  z.strictObject({ kind: z.literal("stall"), afterBytes: count }),
  z.strictObject({ kind: z.literal("throttle"), bytesPerSecond: z.number().positive() }),
]);
const rule: z.ZodType<FaultRule> = z.strictObject({
  operation: z.enum(OPERATIONS).exactOptional(),
  method: z.string().exactOptional(),
  bucket: z.string().exactOptional(),
  key: z.string().exactOptional(),
  after: count.exactOptional(),
  times: count.exactOptional(),
  probability: z.number().min(0).max(1).exactOptional(),
  seed: z.number().int().exactOptional(),
  action: z.union([action, z.array(action)]),
});

/** A rule that came as JSON. @throws ZodError */
export function parseRule(input: unknown): FaultRule {
  return rule.parse(input);
}
