import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const MODULE = fileURLToPath(new URL("skewed-clock.ts", import.meta.url));

it("sets the clock of a process wrong, and only the time that it is now", () => {
  const program = `
    const date = new Date();
    console.log(JSON.stringify({
      now: Date.now(), date: date.getTime(), text: Date.parse(Date()),
      given: new Date(5).getTime(), parts: Date.UTC(2020, 1), isDate: date instanceof Date,
      name: structuredClone(date).toISOString() === date.toISOString(),
    }));`;
  const before = Date.now();
  const output = execFileSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--import", MODULE, "--eval", program],
    { encoding: "utf8", env: { ...process.env, CHAOS_CLOCK_SKEW_MS: "3600000" } },
  );
  const seen = JSON.parse(output) as Record<string, unknown>;
  for (const name of ["now", "date"]) {
    expect(seen[name]).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(seen[name]).toBeLessThanOrEqual(Date.now() + 3_600_000);
  }
  // Text has no milliseconds.
  expect(seen["text"]).toBeGreaterThan(before + 3_590_000);
  expect(seen).toMatchObject({ given: 5, parts: Date.UTC(2020, 1), isDate: true, name: true });
});
