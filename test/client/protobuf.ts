/** One field of a protobuf message: numbers are varints (or fixed64 as `{ fixed64 }`), the rest length-delimited. */
export type FieldValue = number | bigint | string | Uint8Array | { fixed64: bigint };

/** Protobuf bytes of `[field number, value]` pairs in the order given; an undefined value is left out. */
export function encodeFields(fields: readonly (readonly [number, FieldValue | undefined])[]): Buffer {
  const parts = fields.map(([number, value]) => {
    if (value === undefined) return Buffer.alloc(0);
    if (typeof value === 'number' || typeof value === 'bigint') {
      return Buffer.concat([varint(BigInt(number) << 3n), varint(BigInt(value))]);
    }
    if (typeof value === 'object' && 'fixed64' in value) {
      const eightBytes = Buffer.alloc(8);
      eightBytes.writeBigUInt64LE(value.fixed64);
      return Buffer.concat([varint((BigInt(number) << 3n) | 1n), eightBytes]);
    }
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
  });
  return Buffer.concat(parts);
}

/**
 * The fields of protobuf bytes by number, the last one where a number repeats; varints as bigint, all others
 * as bytes. Throws on bytes that are no protobuf.
 */
export function decodeFields(bytes: Uint8Array): Map<number, bigint | Buffer> {
  const fields = new Map<number, bigint | Buffer>();
  const reader = new Reader(Buffer.from(bytes));
  while (!reader.atEnd()) {
    const tag = reader.varint();
    const number = Number(tag >> 3n);
    switch (tag & 7n) {
      case 0n:
        fields.set(number, reader.varint());
        break;
      case 1n:
        fields.set(number, reader.take(8));
        break;
      case 2n:
        fields.set(number, reader.take(Number(reader.varint())));
        break;
      case 5n:
        fields.set(number, reader.take(4));
        break;
      default:
        throw new Error(`unknown protobuf wire type ${tag & 7n}`);
    }
  }
  return fields;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

class Reader {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  atEnd(): boolean {
    return this.offset === this.bytes.length;
  }

  take(length: number): Buffer {
    if (this.offset + length > this.bytes.length) throw new Error('protobuf field reaches beyond the end');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.take(1).readUInt8());
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  }
}
