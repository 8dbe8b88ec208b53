import { fromHex, toHex } from "../../src/bytes/mod.js";
import { Capabilities, decodeBytes, encodeMessage, FeaturesReply, type Message, Port, PortDescReply } from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { type PipeOptions, pipe, type Stream } from "../../src/stream/mod.js";
import { Wire } from "../../src/testing/wire.js";

const ports = [1, 2].map((portNo) => Port.of({ portNo, hwAddr: portNo, name: `p${portNo}` }));

/** A switch that a test plays by hand, connected to a controller in the process, or over a stream of the test's own. */
export class FakeSwitch {
  readonly wire: Wire;
  readonly version: Version;

  constructor(at: { accept(stream: Stream): void } | Stream, version: Version = 4, options: PipeOptions = {}) {
    this.version = version;
    if ("accept" in at) {
      const [here, there] = pipe(options);
      this.wire = new Wire(here);
      at.accept(there);
    } else this.wire = new Wire(at);
  }

  send(m: Message): void {
    this.wire.send(encodeMessage(m, this.version));
  }

  /** Hello, features, ports: all that makes a datapath. */
  async setUp(datapathId = 1n, auxiliaryId = 0): Promise<void> {
    await this.wire.next();
    this.wire.send(`0${this.version}00000800000001`);
    const features = await this.request("05");
    const more = this.version < 4 ? { ports } : { auxiliaryId };
    this.reply(features, FeaturesReply.of({ datapathId, nTables: 1, nBuffers: 256, capabilities: Capabilities.FlowStats, ...more }));
    if (this.version < 4 || auxiliaryId !== 0) return;
    const desc = await this.request("12");
    this.reply(desc, PortDescReply.of({ ports }));
  }

  /** Sends a message under a transaction id. */
  reply(xid: number, m: Message): void {
    const bytes = encodeMessage(m, this.version);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, xid);
    this.wire.send(bytes);
  }

  /** The next message, which has to be of this class. */
  async take<T extends Message>(type: { is(value: unknown): value is T }): Promise<T> {
    const message = decodeBytes(fromHex(await this.wire.next()));
    if (!type.is(message)) throw new Error(`unexpected ${JSON.stringify(message)}`);
    return message;
  }

  /** Takes the next request, and answers it. */
  async answer<T extends Message>(type: { is(value: unknown): value is T }, ...replies: Message[]): Promise<T> {
    const request = await this.take(type);
    for (const reply of replies) this.reply((request as T & { readonly xid: number }).xid, reply);
    return request;
  }

  /** The transaction id of the next message, which has to be of this type. */
  async request(type: string): Promise<number> {
    const message = await this.wire.next();
    if (message.slice(2, 4) !== type) throw new Error(`expected a message of type 0x${type}, got ${message}`);
    return Number.parseInt(message.slice(8, 16), 16);
  }

  /** Sends bytes as they are, or in hexadecimal. */
  raw(bytes: string | Uint8Array): void {
    this.wire.send(typeof bytes === "string" ? bytes : toHex(bytes));
  }
}
