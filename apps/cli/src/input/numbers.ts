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
