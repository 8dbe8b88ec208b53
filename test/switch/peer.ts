import { type ErrorMessage, errorNameOf, type KnownMessage, type Message } from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { outbox, pipe, type Stream } from "../../src/stream/mod.js";
import { type ConnectionKind, Switch, type SwitchOptions } from "../../src/switch/mod.js";
import { OpenFlowError, Vconn } from "../../src/vconn/mod.js";
import { until } from "../until.js";
import { ManualClock } from "./clock.js";

/** Ends a test that would wait for ever; a request is answered long before. */
const PATIENCE = { timeout: 30_000 };

/** The other end of a switch's connection: a controller or a tool. */
export class Peer {
  readonly vconn: Vconn;
  /** What came that no request waited for. Owned. */
  readonly events: KnownMessage[] = [];
  closed = false;

  constructor(stream: Stream, versions: readonly Version[]) {
    this.vconn = new Vconn(stream, { versions });
    this.vconn.onMessage = (_type, c, p, end) => {
      const m = this.vconn.decode(c, p, end);
      if ("own" in m) m.own();
      if (m.type !== "unknown") this.events.push(m);
    };
    this.vconn.onClose = () => {
      this.closed = true;
    };
  }

  /** The reply to a request. */
  async ask<T extends Message>(request: Message): Promise<T> {
    return (await this.vconn.transact(request, PATIENCE)) as T;
  }

  /** All parts of a multipart reply. */
  async askAll<T extends Message>(request: Message): Promise<T[]> {
    return (await this.vconn.transactMultipart(request, PATIENCE)) as T[];
  }

  /** Carries out a request without a reply: the name of the error that answers it, or `done`. */
  async tell(request: Message): Promise<string> {
    try {
      await this.vconn.transactNoReply(request, PATIENCE);
      return "done";
    } catch (e) {
      if (e instanceof OpenFlowError) return e.reason;
      throw e;
    }
  }

  /** The name of the error that answers a request that has a reply. */
  async refused(request: Message): Promise<string> {
    try {
      await this.vconn.transact(request, PATIENCE);
      return "done";
    } catch (e) {
      if (e instanceof OpenFlowError) return e.reason;
      throw e;
    }
  }

  /** The events of one type so far, which are taken out. */
  take<T extends KnownMessage["type"]>(type: T): Extract<KnownMessage, { type: T }>[] {
    const found = this.events.filter((e) => e.type === type);
    for (const e of found) this.events.splice(this.events.indexOf(e), 1);
    return found as Extract<KnownMessage, { type: T }>[];
  }

  /** The errors so far by their names, which are taken out. */
  errors(): string[] {
    return this.take("error").map((e) => errorNameOf(e as ErrorMessage));
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void {
    outbox.send(this.vconn.stream, bytes);
    outbox.flush();
  }
}

/** A switch with four ports whose frames are caught, and a way to connect to it. */
export function agent(options: Partial<SwitchOptions> = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const sw = new Switch({ datapathId: 0xabcn, clock, log: (level, text) => lines.push(`${level} ${text}`), ...options });
  const sent: [number, Uint8Array][] = [];
  for (let n = 1; n <= 4; n++) {
    const port = sw.addPort();
    port.plug = { carry: (frame) => sent.push([n, frame]) > 0 };
  }
  const peer = async (version: Version, kind: ConnectionKind = "controller"): Promise<Peer> => {
    const [ours, theirs] = pipe();
    sw.attach(ours, kind);
    const made = new Peer(theirs, [version]);
    await until(() => made.vconn.state === "connected");
    return made;
  };
  return { sw, clock, lines, sent, peer };
}

/** Lets everything happen that is under way. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
