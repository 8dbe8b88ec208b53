import { toHex } from "../bytes/mod.js";
import type { Instance } from "./instance.js";
import type { Json } from "./kind.js";

/** An element that no entry of its union describes in the version it was received in. It is sent again byte for byte. */
export class UnknownElement implements Instance {
  /** Distinguishes it from the entries. */
  readonly type = "unknown";
  /** The parts of its key, as far as the header determines where they stand. */
  readonly key: readonly number[];
  /** The whole element, its header included. */
  readonly bytes: Uint8Array;

  constructor(key: readonly number[], bytes: Uint8Array) {
    this.key = key;
    this.bytes = bytes;
  }

  /** The bytes are a copy already. */
  own(): this {
    return this;
  }

  toJSON(): Json {
    return { type: "unknown", key: [...this.key], bytes: toHex(this.bytes) };
  }
}

/** An element that was encoded already, by this library and for the version that it is sent in: its bytes are sent as they are. */
export class EncodedElement extends UnknownElement {
  constructor(bytes: Uint8Array) {
    super([], bytes);
  }
}
