import { fromSource } from "../../vitest.shared.js";

// Each step of these tests starts the real program, which takes seconds on a busy machine.
export default fromSource({ testTimeout: 180_000, hookTimeout: 60_000 });
