import { configDefaults } from "vitest/config";
import { fromSource } from "../../vitest.shared.js";

// The reference client needs Go: `pnpm test:tikv` runs these.
const NEED_GO = ["test/suite/interop*.test.ts"];

export default fromSource({
  exclude: [...configDefaults.exclude, ...(process.env["TIKV_TEST_SERVER"] ? [] : NEED_GO)],
});
