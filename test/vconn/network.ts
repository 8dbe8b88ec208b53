/** A network in this process: the transport `fake:NAME`, whose places behave as they are told. */
import { errnoError } from "../../src/errors/mod.js";
import { type ConnectOptions, type OtherTarget, pipe, registerTransport, Stream } from "../../src/stream/mod.js";
import { Vconn, type VconnOptions } from "../../src/vconn/mod.js";

/** What happens to who connects: refused; no answer at all; open() itself fails; accepted. */
export type Behaviour = "refuse" | "silent" | "throw" | "accept";

/** A stream that never gets anywhere. */
class Nowhere extends Stream {
  constructor(name: string, options: ConnectOptions, refused: boolean) {
    super({ kind: "fake", name, needsProbes: true, state: "connecting" }, options);
    if (refused) queueMicrotask(() => this.fail(errnoError("ECONNREFUSED", `connecting to ${name}`)));
  }
  protected override transmit(): boolean {
    return true;
  }
  protected override setReading(): void {}
  protected override end(): void {}
  protected override abort(): void {}
}

export class Network {
  behaviour: Behaviour = "accept";
  /** The other ends of what was accepted, in order; nobody reads them yet. */
  readonly accepted: Stream[] = [];
  /** When each attempt was made. */
  readonly attempts: number[] = [];
  readonly close: () => void;

  constructor(clock: { now(): number }, probes = true) {
    this.close = registerTransport({
      name: "fake",
      syntax: "other",
      connect: ({ name }: OtherTarget, options: ConnectOptions): Stream => {
        this.attempts.push(clock.now());
        if (this.behaviour === "throw") throw errnoError("ENOPROTOOPT", `connecting to ${name}`);
        if (this.behaviour !== "accept") return new Nowhere(name, options, this.behaviour === "refuse");
        const [ours, theirs] = pipe(options);
        Object.defineProperty(ours, "needsProbes", { value: probes });
        this.accepted.push(theirs);
        return ours;
      },
    } as never);
  }

  /** Speaks OpenFlow at the other end of the newest connection. */
  peer(options: VconnOptions = {}): Vconn {
    return new Vconn(this.accepted.at(-1)!, { versions: [1, 4], helloTimeout: Number.POSITIVE_INFINITY, ...options });
  }
}

/** Two connections at the two ends of a pipe, both up, with what the second one received. */
export async function pair(options: VconnOptions = {}, theirs: VconnOptions = options): Promise<[Vconn, Vconn]> {
  const [a, b] = pipe(options.clock === undefined ? {} : { clock: options.clock });
  const ours = new Vconn(a, { versions: [4], ...options });
  const peer = new Vconn(b, { versions: [4], ...theirs });
  await new Promise<void>((resolve) => {
    let up = 0;
    const one = (): void => {
      if (++up === 2) resolve();
    };
    ours.onUp = one;
    peer.onUp = one;
  });
  return [ours, peer];
}
