import { plus } from "./fixed-kinds.js";

/** Bytes that are the same in every struct, by their offset from one place. */
export class ConstantBytes {
  readonly #bytes = new Map<number, number>();

  /** A number in network byte order. */
  put(at: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) this.#bytes.set(at + i, Math.floor(value / 256 ** (size - 1 - i)) % 256);
  }

  /** Bytes as they are. */
  putAll(at: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      this.#bytes.set(at + i, byte);
    });
  }

  /** Takes the 16 bits at `at` out; undefined where they are not constant. */
  take16(at: number): number | undefined {
    const [high, low] = [this.#bytes.get(at), this.#bytes.get(at + 1)];
    if (high === undefined || low === undefined) return undefined;
    this.#bytes.delete(at);
    this.#bytes.delete(at + 1);
    return high * 256 + low;
  }

  /** Writes them, and forgets them: neighbours together. */
  source(base: string): string {
    const found = [...this.#bytes].sort(([a], [b]) => a - b);
    this.#bytes.clear();
    let source = "";
    for (let i = 0; i < found.length; ) {
      const at = found[i]![0];
      const run = (n: number): boolean => found[i + n - 1]?.[0] === at + n - 1;
      const size = run(4) ? 4 : run(2) ? 2 : 1;
      const value = found.slice(i, i + size).reduce((v, [, byte]) => v * 256 + byte, 0);
      source += `dv.setUint${8 * size}(${plus(base, at)},${value});\n`;
      i += size;
    }
    return source;
  }
}

/** The zeros that fill [at, at + n) of a base, as source. */
export function zeroSource(base: string, at: number, n: number): string {
  const bytes = new ConstantBytes();
  bytes.put(at, n, 0);
  return bytes.source(base);
}
