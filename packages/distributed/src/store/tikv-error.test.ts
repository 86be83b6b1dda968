import { expect, it } from "vitest";
import { TikvError, UndeterminedError, type TikvErrorCode } from "tikv-client";
import { DistributedError } from "../error.js";
import { tikvFailure } from "./tikv-error.js";

it.each<[TikvErrorCode, string]>([
  ["ERR_ROBOFLOW_TIKV_UNAVAILABLE", "ERR_ROBOFLOW_STORE_UNAVAILABLE"],
  ["ERR_ROBOFLOW_TIKV_TLS", "ERR_ROBOFLOW_STORE_UNAVAILABLE"],
  ["ERR_ROBOFLOW_TIKV_ABORTED", "ERR_ROBOFLOW_ABORTED"],
  ["ERR_ROBOFLOW_TIKV_CLOSED", "ERR_ROBOFLOW_STORE_CLOSED"],
  ["ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE", "ERR_ROBOFLOW_STORE_VALUE"],
])("tells %s as %s, with the cluster, the cause and the hint", (code, told) => {
  const cause = new TikvError(code, "what happened", { permanence: "transient", hint: "do this" });
  const error = tikvFailure("tikv://pd:2379", cause);
  expect(error).toBeInstanceOf(DistributedError);
  expect(error).toMatchObject({
    code: told,
    permanence: "transient",
    message: "The store tikv://pd:2379: what happened",
    hint: "do this",
    cause,
  });
});

it("calls a commit of unknown fate transient, and no conflict", () => {
  const error = tikvFailure("tikv://pd:2379", new UndeterminedError("the answer was lost"));
  expect(error).toMatchObject({
    code: "ERR_ROBOFLOW_STORE_UNAVAILABLE",
    permanence: "transient",
    cause: expect.any(UndeterminedError),
  });
});

it("leaves the errors of others as they are", () => {
  const error = new Error("of the function itself");
  expect(tikvFailure("tikv://pd:2379", error)).toBe(error);
});
