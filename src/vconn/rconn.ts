import { type Clock, systemClock, type Timer } from "../clock/mod.js";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import { encodeMessage, type Message } from "../ofp/mod.js";
import { type Version, versionName } from "../schema/mod.js";
import { type ConnectOptions, connect, parseActive, type Stream, type Target } from "../stream/mod.js";
import { showsAdmission } from "./admission.js";
import { Backoff } from "./backoff.js";
import { type Log, silent } from "./log.js";
import { Monitors } from "./monitors.js";
import { type PacketCounter, SendQueue } from "./send-queue.js";
import type { Tap } from "./trace.js";
import { Vconn, type VconnOptions } from "./vconn.js";

/**
 * Where a reliable connection stands: nothing to connect to; waiting for the next attempt; an attempt is under way; connected; connected and the peer silent, so that it was
 * probed; ended for good, which happens to unreliable ones only.
 */
export type RconnState = "void" | "backoff" | "connecting" | "active" | "idle" | "disconnected";

/** How a reliable connection behaves. */
export interface RconnOptions extends Pick<VconnOptions, "versions" | "clock" | "log" | "trace"> {
  /** Milliseconds between attempts at most; default 8,000, least 1,000. See {@link Rconn.maxBackoff}. */
  readonly maxBackoff?: number | undefined;
  /** See {@link Rconn.probeInterval}; default 5,000. */
  readonly probeInterval?: number | undefined;
  /** The share of each pause, 0 to 1, that chance may take off it, so that many peers of one that restarts do not all come at once; default 0. */
  readonly jitter?: number | undefined;
  /** Where chance comes from, for tests: a number in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** Limits of the streams that are opened, and what a transport needs. */
  readonly stream?: Omit<ConnectOptions, "clock" | "timeout" | "signal"> | undefined;
  /**
   * Given each new connection, before anything happens on it: set its slots `onUp`, `onMessage`, `onClose` here. It is another one after each reconnect, and nothing that
   * was asked of one is asked of the next.
   */
  readonly onVconn?: ((vconn: Vconn) => void) | undefined;
  /** Told of each change of {@link Rconn.state}. It may call anything here. */
  readonly onState?: ((state: RconnState, before: RconnState) => void) | undefined;
}

/** The shortest interval between probes, and the default. */
const LEAST_PROBE = 5_000;
/** A peer that has kept a connection for so long has accepted it, whatever it says. */
const ADMITTED_AFTER = 30_000;
/** A timer that is so late, in milliseconds, tells that this process was blocked: its verdict on the peer is void. The next one counts in any case. */
const LATE = 100;

/**
 * A connection that is made again whenever it ends, for ever: Open vSwitch's rconn. It waits longer after each failure, up to `maxBackoff`; it probes a peer that is
 * silent and drops it when that stays so; it tells how long there was no useful connection. What was sent and not taken when a connection ends is lost with it: nothing is sent
 * again on the next one.
 *
 * A probe never ends a connection whose peer was merely not read: while reading is held back, or this process was blocked, silence is ours.
 */
export class Rconn implements AsyncDisposable {
  readonly #options: RconnOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #queue = new SendQueue();
  readonly #monitors: Monitors;
  readonly #closing = new Set<Promise<void>>();
  #state: RconnState = "void";
  #target: Target | null = null;
  #name = "void";
  #reliable = true;
  #vconn: Vconn | null = null;
  #timer: Timer | null = null;
  #due = 0;
  #late = false;
  #probe: number;
  #seqno = 0;
  #version: Version | 0 = 0;
  #lastError: SouthboundError | null | undefined;
  #lastConnected: number | undefined;
  #lastDisconnected: number | undefined;
  #lastActivity: number;
  #lastReceived: number;
  #lastAdmitted: number;
  #admitted = false;
  #sent = 0;
  #received = 0;
  #attempts = 0;
  #told = true;

  constructor(options: RconnOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silent;
    this.#backoff = new Backoff(options.maxBackoff);
    this.#probe = probeOf(options.probeInterval ?? LEAST_PROBE);
    const { jitter = 0 } = options;
    if (!(jitter >= 0 && jitter <= 1)) throw new SouthboundError("ERR_USAGE", `jitter is ${jitter}; accepted are 0 to 1`);
    this.#lastActivity = this.#clock.now();
    this.#lastReceived = this.#lastActivity;
    this.#lastAdmitted = this.#lastActivity;
    this.#monitors = new Monitors(() => this.#updateTap());
  }

  // ---- what it is

  /** Where it stands. */
  get state(): RconnState {
    return this.#state;
  }

  /** Whether messages can be sent. */
  get isConnected(): boolean {
    return this.#state === "active" || this.#state === "idle";
  }

  /** Whether it is connected or will try to be. */
  get isAlive(): boolean {
    return this.#state !== "void" && this.#state !== "disconnected";
  }

  /** Whether it is connected to a peer that has accepted it: one that sent more than is needed to look at us, or stayed for 30 s. */
  get isAdmitted(): boolean {
    return this.isConnected && this.#admitted;
  }

  /** Milliseconds since there was a connection that the peer had accepted; 0 while there is one. */
  get failureDuration(): number {
    return this.isAdmitted ? 0 : this.#clock.now() - this.#lastAdmitted;
  }

  /** What is connected to; `void` where nothing is. */
  get target(): string {
    return this.#target?.name ?? (this.#vconn === null || this.#reliable ? "void" : this.#vconn.name);
  }

  /** Its name in the log; the target's unless given. */
  get name(): string {
    return this.#name;
  }

  /** Whether it connects again when it ends. */
  get isReliable(): boolean {
    return this.#reliable;
  }

  /** Counts the changes between connected and not connected. */
  get seqno(): number {
    return this.#seqno;
  }

  /** How many attempts were made. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The version that was negotiated last, also while not connected; 0 before. */
  get version(): Version | 0 {
    return this.#version;
  }

  /** Why the last connection or attempt ended: null where the peer closed it in order; undefined where nothing has ended yet, or we wanted it. */
  get lastError(): SouthboundError | null | undefined {
    return this.#lastError;
  }

  /** When it was connected last, by the clock; undefined for never. */
  get lastConnected(): number | undefined {
    return this.#lastConnected;
  }

  /** When a connection ended last, by the clock; undefined for never. */
  get lastDisconnected(): number | undefined {
    return this.#lastDisconnected;
  }

  /** Milliseconds of the last pause between attempts; 0 before the first. */
  get backoff(): number {
    return this.#backoff.current;
  }

  /** Messages sent on all connections so far, hello and echo included. */
  get packetsSent(): number {
    return this.#sent + (this.#vconn?.sent ?? 0);
  }

  /** Messages received on all connections so far, hello and echo included. */
  get packetsReceived(): number {
    return this.#received + (this.#vconn?.received ?? 0);
  }

  /** Messages that wait for the peer to take what it was sent before. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many look on. */
  get monitors(): number {
    return this.#monitors.size;
  }

  /** The connection, or the attempt at one, of this moment. It is gone when it ends: another one follows. */
  get vconn(): Vconn | null {
    return this.#vconn;
  }

  /** Milliseconds between attempts at most, 1,000 or more. Setting it lower ends a pause earlier that is under way. */
  get maxBackoff(): number {
    return this.#backoff.max;
  }

  set maxBackoff(ms: number) {
    this.#backoff.max = ms;
    const latest = this.#clock.now() + this.#backoff.max;
    if (this.#state === "backoff" && this.#due > latest) this.#arm(latest);
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
   * Connects to a target, and again whenever the connection ends. Ends what was there before.
   * @param name - for the log; the target's unless given
   * @throws SouthboundError `EAFNOSUPPORT` for a bad name; nothing is changed then. Everything else is tried again.
   */
  connect(target: string, name?: string): void {
    const parsed = parseActive(target);
    this.disconnect();
    this.#target = parsed;
    this.#name = name ?? parsed.name;
    this.#reliable = true;
    this.#attempt();
  }

  /** Takes a stream over that was made elsewhere, such as an accepted one, and does not connect again when it ends. Ends what was there before. @param name - for the log */
  connectUnreliably(stream: Stream, name?: string): void {
    this.disconnect();
    this.#name = name ?? stream.name;
    this.#reliable = false;
    this.#begin(stream);
  }

  /** Ends the connection, if there is one, and makes it again as after any end. */
  reconnect(): void {
    if (!this.isConnected && this.#state !== "connecting") return;
    this.#log("info", `${this.#name}: disconnecting`);
    this.#drop(undefined);
  }

  /** Ends the connection and makes none any more: all is as at the start but the counters, the monitors and the version. */
  disconnect(): void {
    if (this.#state === "void") return;
    const { isConnected } = this;
    this.#letGo(null);
    this.#target = null;
    this.#name = "void";
    this.#reliable = true;
    this.#backoff.reset();
    this.#told = true;
    if (isConnected) this.#lastDisconnected = this.#clock.now();
    this.#enter("void");
  }

  /** Disconnects, ends the monitors, and waits until all that was ended has closed. */
  async close(): Promise<void> {
    this.disconnect();
    await Promise.all([...this.#closing, this.#monitors.close()]);
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
    const vconn = this.#vconn;
    if (vconn === null || !this.isConnected) throw errnoError("ENOTCONN", `${this.#name}: sending ${message.type}`);
    this.#lastActivity = this.#clock.now();
    if (this.#queue.length === 0 && !vconn.stream.congested) return vconn.send(message);
    const bytes = encodeMessage(message, vconn.version as Version);
    const dv = new DataView(bytes.buffer, bytes.byteOffset);
    let xid = dv.getUint32(4);
    if (xid === 0) {
      xid = vconn.nextXid();
      dv.setUint32(4, xid);
    }
    this.#queue.push(bytes, counter);
    return xid;
  }

  /**
   * As {@link send}, unless `limit` messages of the counter are queued already.
   * @returns whether it was sent or queued; false: it was dropped
   */
  sendWithLimit(message: Message, counter: PacketCounter, limit: number): boolean {
    if (counter.packets >= limit) {
      if (!this.isConnected) throw errnoError("ENOTCONN", `${this.#name}: sending ${message.type}`);
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
    return this.#monitors.add(new Vconn(stream, { clock, versions }));
  }

  // ---- inside

  /** Changes the state. Nothing may be done behind it: whoever is told may have changed all. */
  #enter(state: RconnState): void {
    const before = this.#state;
    const was = this.isConnected;
    this.#state = state;
    if (was !== this.isConnected) this.#seqno++;
    if (state !== before) this.#options.onState?.(state, before);
  }

  #arm(due: number): void {
    this.#timer?.stop();
    this.#due = due;
    this.#timer = due === Number.POSITIVE_INFINITY ? null : this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#fell());
  }

  /** The timer of the state has run out. */
  #fell(): void {
    this.#timer = null;
    const now = this.#clock.now();
    switch (this.#state) {
      case "backoff":
        this.#attempt();
        return;
      case "connecting":
        this.#doubt(now, this.#backoff.patience, () => {
          if (this.#told) this.#log("info", `${this.#name}: connection timed out`);
          this.#backoff.failed();
          this.#drop(errnoError("ETIMEDOUT", `connecting to ${this.#name}`));
        });
        return;
      case "active":
        this.#watch();
        return;
      case "idle": {
        const interval = this.#interval;
        this.#doubt(now, interval, () => {
          const seconds = interval / 1000;
          this.#log("error", `${this.#name}: no response to inactivity probe after ${seconds} seconds, disconnecting`);
          this.#drop(errnoError("ETIMEDOUT", `${this.#name}: no answer to a probe within ${interval} ms`));
        });
        return;
      }
      default:
    }
  }

  /** Passes a verdict on the peer, unless its silence is ours: then it gets its time again. What lies unread is read before. */
  #doubt(now: number, again: number, verdict: () => void): void {
    const late = now - this.#due > LATE && !this.#late;
    if (late || this.#vconn?.reading === false) {
      this.#late = late;
      this.#arm(now + again);
      return;
    }
    this.#late = false;
    this.#timer = this.#clock.after(0, verdict);
  }

  get #interval(): number {
    return this.#vconn?.stream.needsProbes === true ? this.#probe : Number.POSITIVE_INFINITY;
  }

  /** Probes a silent peer, or looks again when it could be silent for long enough. */
  #watch(): void {
    const interval = this.#interval;
    const now = this.#clock.now();
    const since = this.#lastActivity;
    if (this.#state === "idle" || now - since < interval) {
      this.#arm(this.#state === "idle" ? now + interval : since + interval);
      return;
    }
    this.#arm(now + interval);
    this.#log("debug", `${this.#name}: idle ${Math.round((now - since) / 1000)} seconds, sending inactivity probe`);
    const vconn = this.#vconn!;
    this.#enter("idle");
    // Not a sign of life: only an answer is.
    if (this.#vconn === vconn && this.isConnected) vconn.probe();
  }

  #attempt(): void {
    const target = this.#target!;
    const { clock } = this.#options;
    this.#attempts++;
    if (this.#told) this.#log("info", `${this.#name}: connecting...`);
    this.#backoff.begin(this.#clock.now());
    let stream: Stream;
    try {
      stream = connect(target, { ...this.#options.stream, clock });
    } catch (e) {
      const error = SouthboundError.is(e) ? e : errnoError(errnoOf(e, "EIO"), `connecting to ${this.#name}`, e);
      this.#backoff.failed();
      if (this.#told) this.#log("warn", `${this.#name}: connection failed: ${error.message}`);
      this.#drop(error);
      return;
    }
    this.#begin(stream);
  }

  #begin(stream: Stream): void {
    const { versions, clock, trace } = this.#options;
    let logged = "";
    const log: Log = (level, text) => {
      if (level !== "debug") logged = text;
      if (this.#told || this.isConnected || level === "debug") this.#log(level, text);
    };
    // The whole attempt has one deadline, which is the state's.
    const vconn = new Vconn(stream, { versions, clock, log, trace, helloTimeout: Number.POSITIVE_INFINITY });
    this.#vconn = vconn;
    vconn.keeper = {
      up: () => this.#up(),
      heard: () => this.#heard(),
      drained: () => this.#drain(),
      ended: (error) => this.#ended(error, logged),
    };
    this.#admitted = false;
    this.#arm(this.#clock.now() + this.#backoff.patience);
    this.#updateTap();
    this.#enter("connecting");
    // Whoever was told may have ended it again.
    if (this.#vconn === vconn) this.#options.onVconn?.(vconn);
  }

  #up(): void {
    const now = this.#clock.now();
    this.#version = this.#vconn!.version;
    this.#lastConnected = now;
    this.#lastActivity = now;
    this.#lastReceived = now;
    this.#told = true;
    this.#log("info", `${this.#name}: connected, OpenFlow ${versionName(this.#version)}`);
    this.#arm(now + this.#interval);
    this.#enter("active");
  }

  #heard(): void {
    if (!this.isConnected) return;
    const now = this.#clock.now();
    this.#lastActivity = now;
    this.#lastReceived = now;
    if (this.#state !== "idle") return;
    this.#arm(now + this.#interval);
    this.#enter("active");
  }

  #drain(): void {
    const vconn = this.#vconn;
    if (vconn === null || !this.isConnected) return;
    this.#queue.drain((bytes) => {
      vconn.sendBytes(bytes);
      this.#lastActivity = this.#clock.now();
      return !vconn.stream.congested;
    });
  }

  #ended(error: SouthboundError | null, logged: string): void {
    if (this.isConnected) {
      if (error === null) this.#log(this.#reliable ? "info" : "debug", `${this.#name}: connection closed by peer`);
      else if (error.message !== logged) this.#log("warn", `${this.#name}: connection dropped (${error.message})`);
    } else {
      this.#backoff.failed();
      if (error !== null && this.#told && error.message !== logged)
        this.#log("info", `${this.#name}: connection failed (${error.message})`);
    }
    this.#drop(error);
  }

  /** Lets go of the connection of this moment, which tells nothing here any more. */
  #letGo(error: SouthboundError | null): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#queue.clear();
    const vconn = this.#vconn;
    if (vconn === null) return;
    this.#vconn = null;
    this.#sent += vconn.sent;
    this.#received += vconn.received;
    if (this.isConnected && this.#admitted) this.#lastAdmitted = this.#lastReceived;
    vconn.keeper = null;
    vconn.tap(null);
    this.#closing.add(vconn.closed);
    void vconn.closed.then(() => this.#closing.delete(vconn.closed));
    if (error === null) void vconn.close();
    else vconn.destroy(error);
  }

  /** The connection or the attempt has ended, or is ended here; undefined: because we want it. */
  #drop(error: SouthboundError | null | undefined): void {
    const now = this.#clock.now();
    const { isConnected } = this;
    this.#letGo(error ?? null);
    this.#lastError = error;
    if (isConnected) this.#lastDisconnected = now;
    if (!this.#reliable) {
      this.#enter("disconnected");
      return;
    }
    const { growing } = this.#backoff;
    const waiting = this.#backoff.next(now);
    const { current } = this.#backoff;
    if (!waiting && growing)
      this.#log("info", `${this.#name}: continuing to retry connections in the background but suppressing further logging`);
    this.#log(waiting ? "info" : "debug", `${this.#name}: waiting ${current / 1000} seconds before reconnect`);
    this.#told = this.#backoff.growing;
    const { jitter = 0, random = Math.random } = this.#options;
    this.#arm(now + (jitter === 0 ? current : current * (1 - jitter * random())));
    this.#enter("backoff");
  }

  /** Looks at messages only as long as somebody wants to know. */
  #updateTap(): void {
    const vconn = this.#vconn;
    if (vconn === null) return;
    const wanted = !this.#admitted || this.#monitors.size > 0;
    vconn.tap(wanted ? this.#tap : null);
  }

  readonly #tap: Tap = (sent, c, p, end) => {
    // Hello is between the two connections: those who look on have their own.
    if (!this.isConnected) return;
    if (!sent && !this.#admitted && (showsAdmission(c, p, end) || this.#clock.now() - this.#lastConnected! >= ADMITTED_AFTER)) {
      this.#admitted = true;
      this.#updateTap();
    }
    if (this.#monitors.size > 0) this.#monitors.copy(c, p, end);
  };
}

function probeOf(ms: number): number {
  if (ms === 0 || ms === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (ms > 0) return Math.max(LEAST_PROBE, ms);
  throw new SouthboundError("ERR_USAGE", `the probe interval is ${ms} ms; accepted are 0 and more, and Infinity`);
}
