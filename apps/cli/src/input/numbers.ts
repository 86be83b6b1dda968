import { InvalidArgumentError } from "commander";

/** Parses an option's whole number within bounds; commander prints what is thrown. */
export function integer({ min, max }: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Parses an option's number of seconds, above 0, into milliseconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return Math.round(value * 1000);
  throw new InvalidArgumentError("It must be a number of seconds above 0.");
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Parses an age or span such as `30d`, `12h` or `90s` into milliseconds. */
export function span(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (Number.isSafeInteger(ms)) return ms;
  throw new InvalidArgumentError("It must be a number with s, m, h, d or w, e.g. 30d.");
}

/** Parses a date and time in ISO 8601, of this machine's zone if it names none, into milliseconds. */
export function instant(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvalidArgumentError(
    "It must be a date and time such as 2026-01-31T18:00 or 2026-01-31T18:00Z.",
  );
}
