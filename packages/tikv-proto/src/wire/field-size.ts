import { tagSize, varintSize, type FieldSink } from "./field-sink.js";
import { halves, split } from "./u64.js";

/** Adds up the bytes of fields. */
export class FieldSize implements FieldSink {
  size = 0;

  bytes(field: number, value: Uint8Array | undefined): void {
    if (value !== undefined && value.length > 0) this.element(field, value);
  }

  element(field: number, value: Uint8Array): void {
    this.message(field, value.length);
    this.size += value.length;
  }

  u64(field: number, value: bigint | undefined): void {
    if (value === undefined || value === 0n) return;
    split(value);
    const { low, high } = halves;
    this.size += tagSize(field);
    // 7 bits a byte: four of the low half's bits share the fifth with three of the high half's.
    if (high === 0) this.size += varintSize(low);
    else if (high < 8) this.size += 5;
    else this.size += 5 + varintSize(high >>> 3);
  }

  u32(field: number, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.size += tagSize(field) + varintSize(value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value === true) this.size += tagSize(field) + 1;
  }

  message(field: number, size: number): void {
    this.size += tagSize(field) + varintSize(size);
  }

  text(field: number, value: string | undefined): void {
    if (value === undefined || value === "") return;
    const length = Buffer.byteLength(value);
    this.message(field, length);
    this.size += length;
  }
}
