/** The state machines of the connection and the reliable connection, against models of them, by random commands under the clock of a test. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeMessage, FeaturesRequest, FlowMod, Hello } from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { MockClock, settle, Wire } from "../../src/testing/mod.js";
import { Rconn, type RconnState, Vconn, type VconnState } from "../../src/vconn/mod.js";
import { scaled } from "../soak.js";
import { Network } from "./network.js";

const HELLO = encodeMessage(Hello.of({ xid: 1 }), 4);

/** What the rules of a reliable connection say: times in milliseconds. */
class Model {
  now = 0;
  state: RconnState = "void";
  backoff = 0;
  proven = 0;
  due = Number.POSITIVE_INFINITY;
  activity = 0;
  seqno = 0;
  attempts = 0;
  /** Whether the next attempts are refused, or accepted and not answered. */
  refusing = false;
  max = 8_000;
  readonly probe = 5_000;

  get connected(): boolean {
    return this.state === "active" || this.state === "idle";
  }

  enter(state: RconnState, due: number): void {
    const was = this.connected;
    this.state = state;
    this.due = due;
    if (was !== this.connected) this.seqno++;
  }

  attempt(): void {
    this.attempts++;
    this.proven = this.now + this.backoff;
    if (this.refusing) this.ended(true);
    else this.enter("connecting", this.now + Math.max(1_000, this.backoff));
  }

  ended(failed: boolean): void {
    if (!failed && this.now >= this.proven) this.backoff = 1_000;
    else if (this.backoff < this.max / 2) this.backoff = Math.max(1_000, 2 * this.backoff);
    else this.backoff = this.max;
    this.enter("backoff", this.now + this.backoff);
  }

  up(): void {
    this.activity = this.now;
    this.enter("active", this.now + this.probe);
  }

  heard(): void {
    this.activity = this.now;
    if (this.state === "idle") this.enter("active", this.now + this.probe);
  }

  disconnect(): void {
    this.backoff = 0;
    this.enter("void", Number.POSITIVE_INFINITY);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    while (this.due <= end) {
      this.now = Math.max(this.now, this.due);
      if (this.state === "backoff") this.attempt();
      else if (this.state === "connecting") this.ended(true);
      else if (this.state === "idle") this.ended(false);
      else if (this.now - this.activity >= this.probe) this.enter("idle", this.now + this.probe);
      else this.due = this.activity + this.probe;
    }
    this.now = end;
  }
}

class Real {
  readonly clock = new MockClock();
  readonly net = new Network(this.clock);
  readonly wires = new Map<number, Wire>();
  readonly rconn = new Rconn({ clock: this.clock, versions: [4], probeInterval: 5_000 });

  /** The other end of the newest connection. */
  get wire(): Wire {
    const n = this.net.accepted.length - 1;
    let wire = this.wires.get(n);
    if (wire === undefined) {
      wire = new Wire(this.net.accepted[n]!);
      this.wires.set(n, wire);
    }
    return wire;
  }
}

type Command = fc.AsyncCommand<Model, Real>;

function command(name: string, check: (m: Model) => boolean, model: (m: Model) => void, real: (r: Real) => Promise<void> | void): Command {
  return {
    check,
    toString: () => name,
    async run(m, r) {
      model(m);
      await real(r);
      await settle();
      const { rconn } = r;
      expect({
        state: rconn.state,
        backoff: rconn.backoff,
        seqno: rconn.seqno,
        attempts: rconn.attempts,
        connected: rconn.isConnected,
      }).toEqual({
        state: m.state,
        backoff: m.backoff,
        seqno: m.seqno,
        attempts: m.attempts,
        connected: m.connected,
      });
      expect(r.clock.now()).toBe(m.now);
      if (m.state === "void") expect(rconn.vconn).toBeNull();
    },
  };
}

const commands: fc.Arbitrary<Command>[] = [
  fc.constant(
    command(
      "connect",
      () => true,
      (m) => {
        m.disconnect();
        m.attempt();
      },
      (r) => r.rconn.connect("fake:a"),
    ),
  ),
  fc.constant(
    command(
      "disconnect",
      () => true,
      (m) => m.disconnect(),
      (r) => r.rconn.disconnect(),
    ),
  ),
  fc.constant(
    command(
      "reconnect",
      () => true,
      (m) => {
        if (m.connected || m.state === "connecting") m.ended(false);
      },
      (r) => r.rconn.reconnect(),
    ),
  ),
  fc.boolean().map((refusing) =>
    command(
      refusing ? "refuse" : "accept",
      () => true,
      (m) => {
        m.refusing = refusing;
      },
      (r) => {
        r.net.behaviour = refusing ? "refuse" : "accept";
      },
    ),
  ),
  fc.constant(
    command(
      "hello",
      (m) => m.state === "connecting",
      (m) => m.up(),
      (r) => r.wire.send(HELLO),
    ),
  ),
  fc.constant(
    command(
      "bad hello",
      (m) => m.state === "connecting",
      (m) => m.ended(true),
      (r) => r.wire.send("01000008 00000001"),
    ),
  ),
  fc.constant(
    command(
      "message",
      (m) => m.connected,
      (m) => m.heard(),
      (r) => r.wire.send(encodeMessage(FeaturesRequest.of({ xid: 7 }), 4)),
    ),
  ),
  fc.constant(
    command(
      "send",
      (m) => m.connected,
      (m) => {
        m.activity = m.now;
      },
      (r) => void r.rconn.send(FlowMod.of()),
    ),
  ),
  fc.constant(
    command(
      "peer closes",
      (m) => m.connected,
      (m) => m.ended(false),
      (r) => r.wire.stream.destroy(),
    ),
  ),
  fc.constant(
    command(
      "bad bytes",
      (m) => m.connected,
      (m) => m.ended(false),
      async (r) => {
        r.wire.send("04120003 00000000");
        await settle();
      },
    ),
  ),
  fc.integer({ min: 1_000, max: 60_000 }).map((max) =>
    command(
      `max back-off ${max}`,
      () => true,
      (m) => {
        m.max = max;
        m.backoff = Math.min(m.backoff, max);
        if (m.state === "backoff") m.due = Math.min(m.due, m.now + max);
      },
      (r) => {
        r.rconn.maxBackoff = max;
      },
    ),
  ),
  fc.integer({ min: 0, max: 20_000 }).map((ms) =>
    command(
      `advance ${ms}`,
      () => true,
      (m) => m.advance(ms),
      (r) => r.clock.advance(ms),
    ),
  ),
];

test("the reliable connection does what its rules say, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: "+1" }), async (cmds) => {
      const real = new Real();
      try {
        await fc.asyncModelRun(() => ({ model: new Model(), real }), cmds);
      } finally {
        const closed = real.rconn.close();
        for (const s of real.net.accepted) s.destroy();
        await real.clock.advance(10_000);
        await closed;
        real.net.close();
      }
      expect(real.clock.pending).toBe(0);
    }),
    { numRuns: scaled(150) },
  );
});

/** What a connection is after each event, and nothing else. */
interface VconnModel {
  state: VconnState;
  waiting: number;
  error: string | null | undefined;
}
interface VconnReal {
  clock: MockClock;
  vconn: Vconn;
  wire: Wire;
  outcomes: string[];
  ups: number;
  closes: number;
}

const over = (m: VconnModel, error: string | null): void => {
  if (m.state === "disconnected") return;
  m.state = "disconnected";
  m.error = error;
  m.waiting = 0;
};

function step(
  name: string,
  model: (m: VconnModel) => void,
  real: (r: VconnReal) => Promise<void> | void,
): fc.AsyncCommand<VconnModel, VconnReal> {
  return {
    check: () => true,
    toString: () => name,
    async run(m, r) {
      model(m);
      await real(r);
      await settle();
      const { vconn } = r;
      const error = vconn.error === undefined || vconn.error === null ? vconn.error : vconn.error.code;
      expect({ state: vconn.state, waiting: vconn.waiting, error }).toEqual({ ...m });
      expect(r.ups).toBe(vconn.version === 0 ? 0 : 1);
      expect(r.closes).toBe(m.state === "disconnected" ? 1 : 0);
    },
  };
}

const steps = [
  step(
    "hello",
    (m) => {
      if (m.state === "hello") m.state = "connected";
    },
    (r) => r.wire.send(HELLO),
  ),
  step(
    "no hello in time",
    (m) => (m.state === "hello" ? over(m, "ETIMEDOUT") : undefined),
    (r) => (r.vconn.state === "hello" ? r.clock.advance(10_000) : undefined),
  ),
  step(
    "request",
    (m) => {
      if (m.state === "connected") m.waiting++;
    },
    (r) => {
      r.vconn.barrier().then(
        () => r.outcomes.push("done"),
        (e: { code: string }) => r.outcomes.push(e.code),
      );
    },
  ),
  step(
    "reply",
    (m) => {
      if (m.state === "connected" && m.waiting > 0) m.waiting--;
    },
    (r) => {
      const asked = r.wire.messages.findIndex((x) => x.startsWith("0414"));
      if (r.vconn.state === "connected" && asked >= 0) r.wire.send(`04150008${r.wire.messages.splice(asked, 1)[0]!.slice(8)}`);
    },
  ),
  step(
    "time passes",
    (m) => {
      if (m.state === "connected") m.waiting = 0;
      else if (m.state === "hello") over(m, "ETIMEDOUT");
    },
    async (r) => {
      await r.clock.advance(30_000);
      r.wire.messages.length = 0;
    },
  ),
  step(
    "unknown xid",
    (m) => (m.state === "hello" ? over(m, "EPROTO") : undefined),
    (r) => r.wire.send("04150008 0fffffff"),
  ),
  step(
    "bad bytes",
    (m) => over(m, "EPROTO"),
    (r) => r.wire.send("04120003 00000000"),
  ),
  step(
    "the peer closes",
    (m) => over(m, m.state === "hello" ? "ECONNRESET" : null),
    (r) => r.wire.stream.destroy(),
  ),
  step(
    "abandon",
    (m) => over(m, "ETIMEDOUT"),
    (r) => r.vconn.abandon(Object.assign(new (class extends Error {})("x"), { code: "ETIMEDOUT" }) as never),
  ),
  step(
    "close",
    (m) => over(m, null),
    (r) => void r.vconn.close(),
  ),
  step(
    "destroy",
    (m) => over(m, null),
    (r) => r.vconn.destroy(),
  ),
];

test("a connection does what its rules say, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.commands(
        steps.map((s) => fc.constant(s)),
        { size: "+1" },
      ),
      async (cmds) => {
        const clock = new MockClock();
        const [ours, theirs] = pipe({ clock });
        const vconn = new Vconn(ours, { versions: [4], clock });
        const real: VconnReal = { clock, vconn, wire: new Wire(theirs), outcomes: [], ups: 0, closes: 0 };
        vconn.onUp = () => real.ups++;
        vconn.onClose = () => real.closes++;
        await fc.asyncModelRun(() => ({ model: { state: "hello" as VconnState, waiting: 0, error: undefined }, real }), cmds);
        vconn.destroy();
        theirs.destroy();
        await clock.advance(10_000);
        expect([vconn.waiting, clock.pending]).toEqual([0, 0]);
      },
    ),
    { numRuns: scaled(200) },
  );
});
