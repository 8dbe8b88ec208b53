import { systemClock } from "../clock/mod.js";
import { checkOptions, errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import type { Message } from "../ofp/mod.js";
import { versionName } from "../schema/mod.js";
import { connect, defaultTls, parseActive, type Stream } from "../stream/mod.js";
import { Backoff } from "./backoff.js";
import { shortly } from "./end-words.js";
import { checkMaxFaults } from "./faults.js";
import { type Log, silent } from "./log.js";
import { Onlookers } from "./onlookers.js";
import { RCONN_OPTIONS, type RconnOptions, type RconnState } from "./rconn-options.js";
import { RconnStatus } from "./rconn-status.js";
import { type PacketCounter, SendQueue } from "./send-queue.js";
import { type Trace, traceOf } from "./trace.js";
import { Vconn } from "./vconn.js";
import { Watchdog } from "./watchdog.js";

/** The shortest interval between probes, and the default. */
const LEAST_PROBE = 5_000;

/**
 * A connection that is made again whenever it ends, for ever: Open vSwitch's rconn. It waits longer after each failure, up to `maxBackoff`; it probes a peer that is
 * silent and drops it when that stays so; it reports how long there was no useful connection. What was sent and not taken when a connection ends is lost with it: nothing is sent
 * again on the next one. Where something in this process has to happen first ({@link Stream.obstacle}) it says so once and waits for that instead.
 *
 * A probe never ends a connection whose peer was merely not read: while reading is held back, or this process was blocked, silence is ours.
 */
export class Rconn extends RconnStatus implements AsyncDisposable {
  readonly #options: RconnOptions;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #queue = new SendQueue();
  readonly #onlookers: Onlookers;
  readonly #watchdog: Watchdog;
  readonly #closing = new Set<Promise<void>>();
  #probe: number;
  #told = true;
  #obstacle: Promise<void> | null = null;
  #trace: Trace | null;

  constructor(options: RconnOptions = {}) {
    checkOptions("Rconn", options, RCONN_OPTIONS);
    super(options.clock ?? systemClock);
    this.#options = options;
    this.#log = options.log ?? silent;
    this.#backoff = new Backoff(options.maxBackoff);
    checkMaxFaults(options.maxFaults);
    this.#trace = traceOf(options.trace);
    this.#probe = probeOf(options.probeInterval ?? LEAST_PROBE);
    this.#watchdog = new Watchdog(this.clock, () => this.#fell());
    const { jitter = 0 } = options;
    if (!(jitter >= 0 && jitter <= 1)) throw new SouthboundError("ERR_USAGE", `jitter is ${jitter}; accepted are 0 to 1`);
    this.#onlookers = new Onlookers(this.facts, this.clock, this.#log, () => this.isConnected);
  }

  // ---- how it is set

  /** Milliseconds of the last pause between attempts; 0 before the first. */
  get backoff(): number {
    return this.#backoff.current;
  }

  /** Messages that wait for the peer to take what it was sent before. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many look on. */
  get monitors(): number {
    return this.#onlookers.size;
  }

  /** Milliseconds between attempts at most, 1,000 or more. Setting it lower ends a pause earlier that is under way. */
  get maxBackoff(): number {
    return this.#backoff.max;
  }

  set maxBackoff(ms: number) {
    this.#backoff.max = ms;
    const latest = this.clock.now() + this.#backoff.max;
    if (this.facts.state === "backoff" && this.#obstacle === null && this.#watchdog.due > latest) this.#watchdog.arm(latest);
  }

  /** Which messages are logged, of this connection and those that follow; see {@link Vconn.trace}. */
  get trace(): boolean | Trace {
    return this.#trace ?? false;
  }

  set trace(trace: boolean | Trace) {
    this.#trace = traceOf(trace);
    if (this.facts.vconn !== null) this.facts.vconn.trace = trace;
  }

  /**
   * Milliseconds of silence until the peer is probed, and again until it is dropped; 0 or `Infinity`: never; otherwise 5,000 at least. Peers that need no probes, such as those over unix
   * sockets, get none.
   */
  get probeInterval(): number {
    return this.#probe;
  }

  set probeInterval(ms: number) {
    this.#probe = probeOf(ms);
    if (this.isConnected) this.#watch();
  }

  // ---- what is done with it

  /**
   * Connects to a target, and again whenever the connection ends. Ends what was there before; a listener that is called for that end and connects elsewhere has the last word.
   * @param name - for the log; the target's unless given
   * @throws SouthboundError `EAFNOSUPPORT` for a bad name, PkiError (`ENOPROTOOPT`) for `ssl:` without keys that can be read; nothing is changed then. Everything else is tried again.
   */
  connect(target: string, name?: string): void {
    const parsed = parseActive(target);
    if (parsed.transport === "ssl") (this.#options.stream?.tls ?? defaultTls).material(`connecting to ${parsed.name}`);
    this.disconnect();
    if (this.facts.state !== "void") return;
    this.facts.target = parsed;
    this.facts.name = name ?? parsed.name;
    this.facts.reliable = true;
    this.#attempt();
  }

  /** Takes a stream over that was made elsewhere, such as an accepted one, and does not connect again when it ends. Ends what was there before. @param name - for the log */
  connectUnreliably(stream: Stream, name?: string): void {
    this.disconnect();
    if (this.facts.state !== "void") {
      void stream.close();
      return;
    }
    this.facts.name = name ?? stream.name;
    this.facts.reliable = false;
    this.#begin(stream);
  }

  /** Ends the connection, if there is one, and makes it again as after any end. */
  reconnect(): void {
    if (!this.isConnected && this.facts.state !== "connecting") return;
    this.#log("info", `${this.facts.name}: disconnecting`);
    this.#drop(undefined);
  }

  /** Ends the connection and makes none any more: all is as at the start but the counters, the monitors and the version. */
  disconnect(): void {
    if (this.facts.state === "void") return;
    const { isConnected } = this;
    this.#letGo(null);
    this.facts.target = null;
    this.facts.name = "void";
    this.facts.reliable = true;
    this.#backoff.reset();
    this.#told = true;
    if (isConnected) this.facts.lastDisconnected = this.clock.now();
    this.#enter("void");
  }

  /** Disconnects, ends the monitors, and waits until all that was ended has closed. */
  async close(): Promise<void> {
    this.disconnect();
    await Promise.all([...this.#closing, this.#onlookers.close()]);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Sends a message, or queues it while the peer does not take what it was sent. Never blocks; the queue has no bound of its own.
   * @param counter - counts the message while it is queued
   * @returns its transaction id
   * @throws SouthboundError `ENOTCONN` while not connected: the message is dropped; `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG`
   */
  send(message: Message, counter?: PacketCounter): number {
    const vconn = this.facts.vconn;
    if (vconn === null || !this.isConnected) throw errnoError("ENOTCONN", `${this.facts.name}: sending ${message.type}`);
    this.facts.lastActivity = this.clock.now();
    return this.#queue.send(vconn, message, counter);
  }

  /**
   * As {@link send}, unless `limit` messages of the counter are queued already.
   * @returns whether it was sent or queued; false: it was dropped
   */
  sendWithLimit(message: Message, counter: PacketCounter, limit: number): boolean {
    if (counter.packets >= limit) {
      if (!this.isConnected) throw errnoError("ENOTCONN", `${this.facts.name}: sending ${message.type}`);
      return false;
    }
    this.send(message, counter);
    return true;
  }

  /**
   * Has each message that is sent or received copied to another peer, which looks on: what `ovs-ofctl snoop` does. The stream belongs to this object from now on. A peer that does not
   * take its copies loses them; the ninth is closed at once.
   * @returns whether it was added
   */
  addMonitor(stream: Stream): boolean {
    const { clock, versions } = this.#options;
    return this.#onlookers.add(stream, { clock, versions });
  }

  // ---- inside

  /** Changes the state. Nothing may be done behind it: the listener may have changed all. */
  #enter(state: RconnState): void {
    const before = this.facts.state;
    const was = this.isConnected;
    if (state !== before) this.#log("debug", `${this.facts.name}: entering ${state.toUpperCase()}`);
    this.facts.state = state;
    if (was !== this.isConnected) this.facts.seqno++;
    if (state !== before) this.#options.onState?.(state, before);
  }

  /** The timer of the state has run out. */
  #fell(): void {
    switch (this.facts.state) {
      case "backoff":
        this.#attempt();
        return;
      case "connecting":
        this.#doubt(this.#backoff.patience, () => {
          if (this.#told) this.#log("info", `${this.facts.name}: connection timed out`);
          this.#backoff.failed();
          this.#drop(errnoError("ETIMEDOUT", `connecting to ${this.facts.name}`));
        });
        return;
      case "active":
        this.#watch();
        return;
      case "idle": {
        const interval = this.#interval;
        this.#doubt(interval, () => {
          const seconds = interval / 1000;
          this.#log("error", `${this.facts.name}: no response to inactivity probe after ${seconds} seconds, disconnecting`);
          this.#drop(errnoError("ETIMEDOUT", `${this.facts.name}: no answer to a probe within ${interval} ms`));
        });
        return;
      }
      default:
    }
  }

  #doubt(again: number, verdict: () => void): void {
    this.#watchdog.doubt(this.facts.vconn?.reading !== false, again, verdict);
  }

  get #interval(): number {
    return this.facts.vconn?.stream.needsProbes === true ? this.#probe : Number.POSITIVE_INFINITY;
  }

  /** Probes a silent peer, or looks again when it could be silent for long enough. */
  #watch(): void {
    const interval = this.#interval;
    const now = this.clock.now();
    const since = this.facts.lastActivity;
    if (this.facts.state === "idle" || now - since < interval) {
      this.#watchdog.arm(this.facts.state === "idle" ? now + interval : since + interval);
      return;
    }
    this.#watchdog.arm(now + interval);
    this.#log("debug", `${this.facts.name}: idle ${Math.round((now - since) / 1000)} seconds, sending inactivity probe`);
    const vconn = this.facts.vconn!;
    this.#enter("idle");
    // Not a sign of life: only an answer is.
    if (this.facts.vconn === vconn && this.isConnected) vconn.probe();
  }

  #attempt(): void {
    const target = this.facts.target!;
    const { clock } = this.#options;
    this.facts.attempts++;
    if (this.#told) this.#log("info", `${this.facts.name}: connecting...`);
    this.#backoff.begin(this.clock.now());
    let stream: Stream;
    try {
      stream = connect(target, { ...this.#options.stream, clock });
    } catch (e) {
      const error = SouthboundError.is(e) ? e : errnoError(errnoOf(e, "EIO"), `connecting to ${this.facts.name}`, e);
      this.#backoff.failed();
      if (this.#told) this.#log("warn", `${this.facts.name}: connection failed (${shortly(error)})`);
      this.#drop(error);
      return;
    }
    this.#begin(stream);
  }

  #begin(stream: Stream): void {
    const { versions, clock, maxFaults } = this.#options;
    const trace = this.#trace ?? false;
    let logged = "";
    const log: Log = (level, text) => {
      if (level !== "debug") logged = text;
      if (this.#told || this.isConnected || level === "debug") this.#log(level, text);
    };
    // The whole attempt has one deadline, which is the state's.
    const vconn = new Vconn(stream, { versions, clock, log, trace, maxFaults, helloTimeout: Number.POSITIVE_INFINITY });
    this.facts.vconn = vconn;
    vconn.keeper = {
      up: () => this.#up(),
      heard: () => this.#heard(),
      drained: () => this.#drain(),
      ended: (error) => this.#ended(error, logged),
    };
    this.facts.admitted = false;
    this.#watchdog.arm(this.clock.now() + this.#backoff.patience);
    this.#onlookers.update();
    this.#enter("connecting");
    // The listener may have ended it again.
    if (this.facts.vconn === vconn) this.#options.onVconn?.(vconn);
  }

  #up(): void {
    const now = this.clock.now();
    this.facts.version = this.facts.vconn!.version;
    this.facts.lastConnected = now;
    this.facts.lastActivity = now;
    this.facts.lastReceived = now;
    this.#told = true;
    this.#log(this.facts.reliable ? "info" : "debug", `${this.facts.name}: connected, OpenFlow ${versionName(this.facts.version)}`);
    this.#watchdog.arm(now + this.#interval);
    this.#enter("active");
  }

  #heard(): void {
    if (!this.isConnected) return;
    const now = this.clock.now();
    this.facts.lastActivity = now;
    this.facts.lastReceived = now;
    if (this.facts.state !== "idle") return;
    this.#watchdog.arm(now + this.#interval);
    this.#enter("active");
  }

  #drain(): void {
    const vconn = this.facts.vconn;
    if (vconn !== null && this.isConnected && this.#queue.drain(vconn)) this.facts.lastActivity = this.clock.now();
  }

  #ended(error: SouthboundError | null, logged: string): void {
    if (this.isConnected) {
      if (error === null) this.#log(this.facts.reliable ? "info" : "debug", `${this.facts.name}: connection closed by peer`);
      else this.#log("warn", `${this.facts.name}: connection dropped (${shortly(error, logged)})`);
    } else if (this.facts.reliable && this.facts.vconn!.stream.obstacle !== null) {
      this.#log("error", `${this.facts.name}: not connecting again before that has ended: ${error?.message}`);
    } else {
      this.#backoff.failed();
      if (error !== null && this.#told) this.#log("info", `${this.facts.name}: connection failed (${shortly(error, logged)})`);
    }
    this.#drop(error);
  }

  /** Lets go of the connection of this moment, which reports nothing here any more. */
  #letGo(error: SouthboundError | null): void {
    this.#watchdog.stop();
    this.#obstacle = null;
    this.#queue.clear();
    const vconn = this.facts.vconn;
    if (vconn === null) return;
    this.facts.vconn = null;
    this.facts.sent += vconn.sent;
    this.facts.received += vconn.received;
    this.facts.faults += vconn.faults;
    if (this.isConnected && this.facts.admitted) this.facts.lastAdmitted = this.facts.lastReceived;
    vconn.keeper = null;
    vconn.tap(null);
    this.#closing.add(vconn.closed);
    void vconn.closed.then(() => this.#closing.delete(vconn.closed));
    if (error === null) void vconn.close();
    else vconn.destroy(error);
  }

  /** The connection or the attempt has ended, or is ended here; undefined: because we want it. */
  #drop(error: SouthboundError | null | undefined): void {
    const now = this.clock.now();
    const { isConnected } = this;
    const obstacle = isConnected ? null : (this.facts.vconn?.stream.obstacle ?? null);
    this.#letGo(error ?? null);
    this.facts.lastError = error;
    if (isConnected) this.facts.lastDisconnected = now;
    if (!this.facts.reliable) {
      this.#enter("disconnected");
      return;
    }
    if (obstacle !== null) {
      this.#await(obstacle);
      return;
    }
    const { growing } = this.#backoff;
    const waiting = this.#backoff.next(now);
    const { current } = this.#backoff;
    if (!waiting && growing)
      this.#log("info", `${this.facts.name}: continuing to retry connections in the background but suppressing further logging`);
    this.#log(waiting ? "info" : "debug", `${this.facts.name}: waiting ${current / 1000} seconds before reconnect`);
    this.#told = this.#backoff.growing;
    const { jitter = 0, random = Math.random } = this.#options;
    this.#watchdog.arm(now + (jitter === 0 ? current : current * (1 - jitter * random())));
    this.#enter("backoff");
  }

  /** Attempts again at an event, and at no time. */
  #await(obstacle: Promise<void>): void {
    this.#obstacle = obstacle;
    void obstacle.then(() => {
      if (this.#obstacle !== obstacle) return;
      this.#obstacle = null;
      this.#attempt();
    });
    this.#enter("backoff");
  }
}

function probeOf(ms: number): number {
  if (ms === 0 || ms === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (ms > 0) return Math.max(LEAST_PROBE, ms);
  throw new SouthboundError("ERR_USAGE", `the probe interval is ${ms} ms; accepted are 0 and more, and Infinity`);
}
