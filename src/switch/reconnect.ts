import type { Clock, Timer } from "../clock/mod.js";
import type { SouthboundError } from "../errors/mod.js";
import { connect, type Stream } from "../stream/mod.js";
import type { Log } from "../vconn/mod.js";

/** What runs over a stream: told apart only by when it was up and when it ended. */
export interface Session {
  onUp: (() => void) | null;
  onClose: ((error: SouthboundError | null) => void) | null;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** How to reconnect. */
export interface ReconnectOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds until the second attempt; default 1,000. Doubled with every further one that fails. */
  readonly minBackoff?: number | undefined;
  /** Milliseconds between attempts at most; default 8,000. */
  readonly maxBackoff?: number | undefined;
}

/**
 * Keeps a session with a peer: connects, and connects again whenever it ends, after a pause that grows while it fails, 1, 2, 4, 8, 8, … s. A session that was
 * up for longer than the pause before it begins with the shortest pause again.
 */
export class Reconnect {
  /** The peer's name. */
  readonly target: string;
  readonly #open: (stream: Stream) => Session;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #min: number;
  readonly #max: number;
  #session: Session | null = null;
  #timer: Timer | null = null;
  #backoff = 0;
  #upSince = Number.NaN;
  #over = false;

  /** @param open - begins a session over a stream that is still connecting */
  constructor(target: string, open: (stream: Stream) => Session, options: ReconnectOptions) {
    this.target = target;
    this.#open = open;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#min = options.minBackoff ?? 1_000;
    this.#max = options.maxBackoff ?? 8_000;
    this.#attempt();
  }

  /** Ends the session, if there is one, and begins none any more. */
  async close(): Promise<void> {
    this.#over = true;
    this.#timer?.stop();
    await this.#session?.close();
  }

  #attempt(): void {
    this.#timer = null;
    this.#upSince = Number.NaN;
    const timeout = Math.max(1_000, this.#backoff);
    const stream = connect(this.target, { clock: this.#clock, timeout });
    const session = this.#open(stream);
    this.#session = session;
    session.onUp = () => {
      this.#upSince = this.#clock.now();
    };
    session.onClose = () => this.#again();
  }

  #again(): void {
    this.#session = null;
    if (this.#over) return;
    const lived = this.#clock.now() - this.#upSince;
    this.#backoff = lived >= this.#backoff ? this.#min : Math.min(this.#max, Math.max(this.#min, 2 * this.#backoff));
    this.#log("debug", `${this.target}: connecting again in ${this.#backoff / 1000} s`);
    this.#timer = this.#clock.after(this.#backoff, () => this.#attempt());
  }
}
