import { z } from "zod";
import { ErrorRecord } from "../records/error-record.js";
import type {
  AssemblyRequest,
  AssemblyResult,
  ConversionRequest,
  ConversionResult,
} from "./conversion.js";

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

/** What the parent asks. Both ends are the same build, so only the envelope is checked. */
export const ChildRequest = z.discriminatedUnion("type", [
  z.object({ type: z.literal("convert"), request: z.custom<ConversionRequest>(isObject) }),
  z.object({ type: z.literal("assemble"), request: z.custom<AssemblyRequest>(isObject) }),
]);
export type ChildRequest = z.infer<typeof ChildRequest>;

/** What the child answers: any number of log, progress and retry messages, then one of the last three. */
export const ChildMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({
    type: z.literal("progress"),
    framesDone: z.number(),
    framesTotal: z.number().optional(),
  }),
  z.object({ type: z.literal("retry"), reason: z.string() }),
  z.object({ type: z.literal("converted"), result: z.custom<ConversionResult>(isObject) }),
  z.object({ type: z.literal("assembled"), result: z.custom<AssemblyResult>(isObject) }),
  z.object({ type: z.literal("failed"), error: ErrorRecord }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;
