import { z } from "zod";

/** Columns that LeRobot adds to every dataset or item itself. */
const RESERVED = new Set([
  "timestamp",
  "frame_index",
  "episode_index",
  "index",
  "task_index",
  "task",
]);

/**
 * Why LeRobot can't hold a feature of this name, or undefined if it can. Names become directories
 * (`videos/<feature>/`), columns, and parts of column names (`stats/<feature>/min`).
 */
function problem(name: string, kind: "image" | "numeric"): string | undefined {
  if (name.includes("/")) {
    return "LeRobot feature names can't contain `/`; separate the parts with dots, as in `observation.state`";
  }
  if (RESERVED.has(name)) {
    return `\`${name}\` is reserved: LeRobot writes it itself`;
  }
  if (name.endsWith("_is_pad")) {
    return "names that end in `_is_pad` are reserved: LeRobot's reader adds them to each item";
  }
  // lerobot's compute_stats asserts the shape (3, 1, 1) by this substring alone.
  if (kind === "numeric" && name.includes("image")) {
    return 'LeRobot takes a feature with `image` in its name for a camera; rename it, or set mapping_type = "image"';
  }
  return undefined;
}

/** Dotted parts of letters, digits, `_` and `-`: safe as a directory name on every system. */
export function featureName(kind: "image" | "numeric") {
  return (
    z
      .string()
      .min(1)
      .max(200)
      // `/` passes here, so that the rule above can say what to write instead.
      .regex(/^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$/, {
        error: "must be parts of letters, digits, `_` and `-` joined by dots",
        abort: true,
      })
      .superRefine((name, context) => {
        const message = problem(name, kind);
        if (message !== undefined) context.addIssue({ code: "custom", message });
      })
  );
}
