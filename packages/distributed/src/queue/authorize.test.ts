import { describe, expect, it } from "vitest";
import { authorize } from "./authorize.js";

describe("authorize", () => {
  it.each([
    ["anybody, when no admin is named", { actor: "eve", owner: "ada", admins: [] }],
    ["the submitter", { actor: "ada", owner: "ada", admins: ["root"] }],
    ["an admin", { actor: "root", owner: "ada", admins: ["grace", "root"] }],
    ["an admin, for all", { actor: "root", owner: undefined, admins: ["root"] }],
  ])("lets %s", (_, permission) => {
    expect(() => authorize("cancel", permission)).not.toThrow();
  });

  it("refuses others, and names the submitter and where admins are named", () => {
    const permission = { actor: "eve", owner: "ada", admins: ["root"] };
    expect(() => authorize("cancel", permission)).toThrow(
      expect.objectContaining({
        code: "ERR_ROBOFLOW_NOT_ALLOWED",
        permanence: "permanent",
        message: "eve may not cancel what ada submitted",
        hint: "Ask ada, or one of ROBOFLOW_ADMIN_USERS, to do it.",
      }),
    );
    expect(() => authorize("prune", { ...permission, owner: undefined })).toThrow(
      "eve may not prune: it concerns everybody's work, and eve is not among ROBOFLOW_ADMIN_USERS",
    );
  });
});
