import { describe, expect, it } from "vitest";
import { tikvEndpoints, tikvUrl } from "./tikv-url.js";

describe("tikvEndpoints", () => {
  it.each([
    ["tikv://pd1:2379,pd2:12379", ["pd1:2379", "pd2:12379"]],
    ["pd1, pd2:1", ["pd1:2379", "pd2:1"]],
    ["TIKV://[::1]:2379/", ["[::1]:2379"]],
    ["10.0.0.7", ["10.0.0.7:2379"]],
  ])("reads %s", (list, endpoints) => {
    expect(tikvEndpoints(list)).toEqual(endpoints);
    expect(tikvEndpoints(tikvUrl(endpoints))).toEqual(endpoints);
  });

  it.each([
    ["tikv://", "The store names no PD endpoint"],
    ["tikv://pd1,,pd2", '"" is no PD endpoint'],
    ["pd1:0", '"pd1:0" is no PD endpoint'],
    ["pd1:70000", '"pd1:70000" is no PD endpoint'],
    ["http://pd1:2379", '"http://pd1:2379" is no PD endpoint'],
    ["tikv://pd1:2379/keyspace", '"pd1:2379/keyspace" is no PD endpoint'],
  ])("refuses %s", (list, message) => {
    expect(() => tikvEndpoints(list)).toThrow(
      expect.objectContaining({ code: "ERR_ROBOFLOW_STORE_URL", message }),
    );
  });

  it("keeps a password to itself", () => {
    expect(() => tikvEndpoints("tikv://me:secret@pd1")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});
