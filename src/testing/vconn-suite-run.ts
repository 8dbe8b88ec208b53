import { SouthboundError } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import { Vconn, type VconnOptions } from "../vconn/mod.js";
import { breakChunks, Wire } from "./wire.js";

/** What the suite needs of a transport. */
export interface VconnFixture {
  /** A pair of connected streams: the end under test, which connected, and the peer's. The suite ends both. */
  pair(): Promise<readonly [tested: Stream, peer: Stream]>;
  /**
   * A stream that connects to a place where nobody listens any more when it gets there. Transports whose `pair()` needs no listener leave it out, and the case with it.
   */
  readonly refused?: (() => Promise<Stream>) | undefined;
  /** The sizes that received bytes are cut into, again and again; whole unless given. */
  readonly sizes?: readonly number[] | undefined;
}

/** One case: it passes when `run` is fulfilled. */
export interface SuiteCase {
  readonly name: string;
  run(): Promise<void>;
}

/** OpenFlow 1.0 to 1.5. */
export const ALL: readonly Version[] = [1, 2, 3, 4, 5, 6];

/** Throws when the two differ as JSON. */
export function equal(got: unknown, want: unknown, what: string): void {
  const [a, b] = [got, want].map((value) => JSON.stringify(value, (_key, v: unknown) => (typeof v === "bigint" ? `${v}n` : v)));
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

/** Throws when it is none of these. */
export function oneOf(got: unknown, want: readonly unknown[], what: string): void {
  if (!want.includes(got)) throw new Error(`${what}: got ${String(got)}, want one of ${want.join(", ")}`);
}

/** A hello without its transaction id, which nobody can foresee. */
export const withoutXid = (hex: string): string => hex.slice(0, 8) + hex.slice(16);

/** What became of a promise: "done", or the code of its error. */
export const outcomeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (e: unknown) => (SouthboundError.is(e) ? e.code : String(e)),
  );

/** A connection under test and the bytes at its other end. */
export interface Run {
  readonly vconn: Vconn;
  readonly wire: Wire;
  /** What was logged, above debug level. */
  readonly lines: string[];
  /** Fulfilled with the version, or with the code of the error that ended the connection. */
  readonly outcome: Promise<number | string | null>;
  /** Fulfilled with the error that the connection ended with. */
  readonly end: Promise<SouthboundError | null>;
}

/** A connection over a stream, whose fate is seen. */
export function watch(stream: Stream, options: VconnOptions = {}): Omit<Run, "wire"> {
  const lines: string[] = [];
  const vconn = new Vconn(stream, { versions: ALL, log: (level, text) => level !== "debug" && lines.push(text), ...options });
  const up = new Promise<number>((resolve) => {
    vconn.onUp = () => resolve(vconn.version);
  });
  const end = new Promise<SouthboundError | null>((resolve) => {
    vconn.onClose = resolve;
  });
  return { vconn, lines, end, outcome: Promise.race([up, end.then((error) => (error === null ? null : error.code))]) };
}

/** Makes cases for a transport. */
export class Cases {
  readonly fixture: VconnFixture;

  constructor(fixture: VconnFixture) {
    this.fixture = fixture;
  }

  /** Runs a body with a connection, and ends both its ends whatever happens. @param sizes - the fixture's unless given */
  async using(options: VconnOptions, body: (run: Run) => Promise<void>, sizes = this.fixture.sizes): Promise<void> {
    const [tested, peer] = await this.fixture.pair();
    if (sizes !== undefined) breakChunks(tested, sizes);
    const wire = new Wire(peer);
    const run: Run = { wire, ...watch(tested, options) };
    try {
      await body(run);
    } finally {
      wire.stream.destroy();
      await run.vconn.close();
      await wire.end();
      equal(run.vconn.waiting, 0, "waiters left");
    }
  }

  /** A case about our hello. */
  hello(name: string, versions: readonly Version[], want: string): SuiteCase {
    return {
      name: `hello: ${name}`,
      run: () => this.using({ versions }, async ({ wire }) => equal(withoutXid(await wire.next()), want, "our hello")),
    };
  }

  /** A case about what a peer's first bytes come to: a version or the code of an error, which is reported in one line of the log. */
  answer(name: string, versions: readonly Version[], sent: string, want: number | string, more?: (run: Run) => Promise<void>): SuiteCase {
    return {
      name: `negotiation: ${name}`,
      run: () =>
        this.using({ versions }, async (run) => {
          await run.wire.next();
          run.wire.send(sent);
          equal(await run.outcome, want, "outcome");
          if (typeof want === "string") equal(run.lines.length, 1, `lines in the log (${run.lines.join(" | ")})`);
          await more?.(run);
        }),
    };
  }

  /** A case about a connection of OpenFlow 1.3. */
  connected(name: string, body: (run: Run) => Promise<void>): SuiteCase {
    return {
      name,
      run: () =>
        this.using({ versions: [4] }, async (run) => {
          await run.wire.next();
          run.wire.send("04000010 00000001 00010008 00000010");
          equal(await run.outcome, 4, "version");
          await body(run);
        }),
    };
  }
}
