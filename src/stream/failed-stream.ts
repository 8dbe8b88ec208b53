import type { SouthboundError } from "../errors/mod.js";
import { Stream, type StreamInfo } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";

/** A stream whose connecting has failed before anything could be tried: its `onClose` reports it, as with every other. */
export class FailedStream extends Stream {
  constructor(info: Omit<StreamInfo, "state">, options: ConnectOptions, error: SouthboundError) {
    super({ ...info, state: "connecting" }, options);
    queueMicrotask(() => this.fail(error));
  }

  protected override transmit(): boolean {
    return true;
  }
  protected override setReading(): void {}
  protected override end(): void {}
  protected override abort(): void {}
}
