import { fromSource } from "../../vitest.shared.js";

export default fromSource({
  // What Amazon's SDK says of Node 20 is nothing a test can change.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
});
