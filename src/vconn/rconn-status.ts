import type { Clock } from "../clock/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import type { Target } from "../stream/mod.js";
import type { RconnState } from "./rconn-options.js";
import type { Vconn } from "./vconn.js";

/** What a reliable connection knows of itself, over all its connections. Times by its clock. */
export class Facts {
  state: RconnState = "void";
  target: Target | null = null;
  name = "void";
  reliable = true;
  vconn: Vconn | null = null;
  seqno = 0;
  version: Version | 0 = 0;
  lastError: SouthboundError | null | undefined = undefined;
  lastConnected: number | undefined = undefined;
  lastDisconnected: number | undefined = undefined;
  /** When something was received or sent last. */
  lastActivity: number;
  lastReceived: number;
  /** When there was an accepted connection last. */
  lastAdmitted: number;
  /** Whether the peer has accepted the connection of this moment. */
  admitted = false;
  /** Messages of the connections that have ended. */
  sent = 0;
  received = 0;
  faults = 0;
  attempts = 0;

  constructor(now: number) {
    this.lastActivity = now;
    this.lastReceived = now;
    this.lastAdmitted = now;
  }
}

/** What is to be seen of a reliable connection. */
export abstract class RconnStatus {
  protected readonly clock: Clock;
  protected readonly facts: Facts;

  protected constructor(clock: Clock) {
    this.clock = clock;
    this.facts = new Facts(clock.now());
  }

  /** Where it stands. */
  get state(): RconnState {
    return this.facts.state;
  }

  /** Whether messages can be sent. */
  get isConnected(): boolean {
    return this.facts.state === "active" || this.facts.state === "idle";
  }

  /** Whether it is connected or will try to be. */
  get isAlive(): boolean {
    return this.facts.state !== "void" && this.facts.state !== "disconnected";
  }

  /** Whether it is connected to a peer that has accepted it: one that sent more than is needed to look at us, or stayed for 30 s. */
  get isAdmitted(): boolean {
    return this.isConnected && this.facts.admitted;
  }

  /** Milliseconds since there was a connection that the peer had accepted; 0 while there is one. */
  get failureDuration(): number {
    return this.isAdmitted ? 0 : this.clock.now() - this.facts.lastAdmitted;
  }

  /** What is connected to; `void` where nothing is. */
  get target(): string {
    return this.facts.target?.name ?? (this.facts.vconn === null || this.facts.reliable ? "void" : this.facts.vconn.name);
  }

  /** Its name in the log; the target's unless given. */
  get name(): string {
    return this.facts.name;
  }

  /** Whether it connects again when it ends. */
  get isReliable(): boolean {
    return this.facts.reliable;
  }

  /** Counts the changes between connected and not connected. */
  get seqno(): number {
    return this.facts.seqno;
  }

  /** How many attempts were made. */
  get attempts(): number {
    return this.facts.attempts;
  }

  /** The version that was negotiated last, also while not connected; 0 before. */
  get version(): Version | 0 {
    return this.facts.version;
  }

  /** Why the last connection or attempt ended: null where the peer closed it in order; undefined where nothing has ended yet, or we wanted it. */
  get lastError(): SouthboundError | null | undefined {
    return this.facts.lastError;
  }

  /** When it was connected last, by the clock; undefined for never. */
  get lastConnected(): number | undefined {
    return this.facts.lastConnected;
  }

  /** When a connection ended last, by the clock; undefined for never. */
  get lastDisconnected(): number | undefined {
    return this.facts.lastDisconnected;
  }

  /** Messages sent on all connections so far, hello and echo included. */
  get packetsSent(): number {
    return this.facts.sent + (this.facts.vconn?.sent ?? 0);
  }

  /** Messages received on all connections so far, hello and echo included. */
  get packetsReceived(): number {
    return this.facts.received + (this.facts.vconn?.received ?? 0);
  }

  /** Messages received on all connections so far that could not be read, see `VconnOptions.maxFaults`. */
  get faults(): number {
    return this.facts.faults + (this.facts.vconn?.faults ?? 0);
  }

  /** The connection, or the attempt at one, of this moment. It is gone when it ends: another one follows. */
  get vconn(): Vconn | null {
    return this.facts.vconn;
  }
}
