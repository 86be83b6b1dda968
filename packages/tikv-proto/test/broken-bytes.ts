import fc from "fast-check";
import { expect, it } from "vitest";

type Outcome = { readonly kind: "read"; readonly value: unknown } | { readonly kind: "refused" };

/** Bytes by which a message may be followed: many ways to go on with a field that was cut. */
const BEHIND = [0x00, 0x08, 0x12, 0x7f, 0xff];

/**
 * Whatever bytes come give an error or a value, soon, and the same whatever lies behind them.
 * @param read takes all that can be taken of a message
 */
export function survivesBrokenBytes(
  read: (bytes: Uint8Array) => unknown,
  messages: fc.Arbitrary<Uint8Array>,
): void {
  const check = (bytes: Uint8Array): void => {
    const outcome = outcomeOf(read, Uint8Array.from(bytes));
    for (const behind of BEHIND) {
      const longer = new Uint8Array(bytes.length + 32).fill(behind);
      longer.set(bytes);
      expect(outcomeOf(read, longer.subarray(0, bytes.length))).toEqual(outcome);
    }
  };

  it("takes garbage, or refuses it", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), check), { numRuns: 300 });
  });

  it("takes messages that were cut or damaged, or refuses them", () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    const damages = fc.array(damage, { maxLength: 3 });
    fc.assert(
      fc.property(messages, fc.nat(), damages, (message, cut, places) => {
        const bytes = Uint8Array.from(message.subarray(0, message.length - (cut % 4)));
        for (const { at, byte } of places) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        check(bytes);
      }),
    );
  });
}

function outcomeOf(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): Outcome {
  try {
    return { kind: "read", value: read(bytes) };
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return { kind: "refused" };
  }
}
