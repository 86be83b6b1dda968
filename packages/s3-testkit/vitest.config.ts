import { fromSource } from "../../vitest.shared.js";

export default fromSource();
