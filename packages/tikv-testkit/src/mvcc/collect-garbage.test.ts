import { expect, it } from "vitest";
import { bytes } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import { collectGarbage } from "./collect-garbage.js";
import { mvccInfo } from "./mvcc-info.js";

it("keeps what reads at the safe point or later see, and nothing else", () => {
  const mvcc = new Mvcc();
  mvcc.write(at(1), at(2), "put a 1", "put b 1", "put c 1");
  mvcc.write(at(3), at(4), "put a 2", "delete b");
  mvcc.write(at(7), at(8), "put a 3");
  mvcc.rollBack(at(5), ["a"]);
  mvcc.prewrite(at(5), ["put d 1"]);
  collectGarbage(mvcc.engine, { start: bytes(""), end: bytes("c") }, at(6));
  expect(mvcc.records("a")).toEqual(["put", "put"]);
  expect(mvcc.records("b")).toEqual([]);
  expect(mvcc.records("c")).toEqual(["put"]);
  expect(mvcc.get("a", at(6))).toBe("2");
  expect(mvcc.get("a", at(3))).toBe("nothing");
  expect(mvcc.locks).toEqual({ d: "put" });
});

it("shows all records of a key, long values apart", () => {
  const mvcc = new Mvcc();
  const long = "x".repeat(300);
  mvcc.write(at(1), at(2), `put a ${long}`);
  mvcc.prewrite(at(3), ["put a 2"]);
  const info = mvccInfo(mvcc.engine, bytes("a"));
  expect(info.lock).toMatchObject({ startTs: at(3), shortValue: bytes("2") });
  expect(info.writes).toMatchObject([{ startTs: at(1), commitTs: at(2), shortValue: bytes("") }]);
  expect(info.values).toEqual([{ startTs: at(1), value: bytes(long) }]);
});
