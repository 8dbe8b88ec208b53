import { SouthboundError } from "../errors/mod.js";
import { aborted, enter, loadEntry, wordsOf } from "./dl-load.js";
import { PipeStream } from "./pipe-stream.js";
import type { ConnectOptions } from "./stream-options.js";

let ends = 0;

/** The switch's end of a pipe to a module in this thread. */
export class ModuleStream extends PipeStream {
  constructor(name: string, file: string, options: ConnectOptions) {
    super({ kind: "dl", name, needsProbes: false, state: "connecting" }, options);
    void this.#load(file, options);
  }

  async #load(file: string, options: ConnectOptions): Promise<void> {
    let theirs: ControllerEnd | undefined;
    try {
      const entry = await loadEntry(file, this.name);
      if (this.state !== "connecting") return;
      theirs = new ControllerEnd(`dl#${++ends}`, this, options);
      PipeStream.join(this, theirs);
      enter(entry, theirs, this.name, (e) => theirs!.faulted(e));
      this.opened(theirs.name);
    } catch (e) {
      this.broke(SouthboundError.is(e) ? e : aborted(this.name, e));
      theirs?.destroy();
    }
  }

  /** The module is at fault. */
  broke(error: SouthboundError): void {
    this.fail(error);
  }
}

/** The module's end. What its handlers throw ends the connection and nothing else. */
class ControllerEnd extends PipeStream {
  readonly #switch: ModuleStream;

  constructor(name: string, theSwitch: ModuleStream, options: ConnectOptions) {
    super({ kind: "dl", name, local: theSwitch.name, needsProbes: false, state: "open" }, options);
    this.#switch = theSwitch;
  }

  override faulted(e: unknown): void {
    if (this.#switch.state === "closed")
      process.emitWarning(`${this.local}: the controller threw when its connection had ended: ${wordsOf(e)}`);
    else this.#switch.broke(aborted(this.local, e));
  }
}
