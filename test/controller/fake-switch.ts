import { toHex } from "../../src/bytes/mod.js";
import type { Controller } from "../../src/controller/mod.js";
import { encodeMessage, FeaturesReply, type Message, Port, PortDescReply } from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Wire } from "../../src/testing/wire.js";

const ports = [1, 2].map((portNo) => Port.of({ portNo, hwAddr: portNo, name: `p${portNo}` }));

/** A switch that a test plays by hand, connected to a controller in the process. */
export class FakeSwitch {
  readonly wire: Wire;
  readonly version: Version;

  constructor(controller: Controller, version: Version = 4) {
    const [here, there] = pipe();
    this.wire = new Wire(here);
    this.version = version;
    controller.accept(there);
  }

  send(m: Message): void {
    this.wire.send(encodeMessage(m, this.version));
  }

  /** Hello, features, ports: all that makes a datapath. */
  async setUp(datapathId = 1n, auxiliaryId = 0): Promise<void> {
    await this.wire.next();
    this.wire.send(this.version === 1 ? "0100000800000001" : "0400000800000001");
    const features = await this.request("05");
    const more = this.version === 1 ? { ports } : { auxiliaryId };
    this.send(FeaturesReply.of({ datapathId, nTables: 1, ...more, ...{ xid: features } }));
    if (this.version === 1) return;
    const desc = await this.request("12");
    this.send(PortDescReply.of({ ports, ...{ xid: desc } }));
  }

  /** The transaction id of the next message, which has to be of this type. */
  async request(type: string): Promise<number> {
    const message = await this.wire.next();
    if (message.slice(2, 4) !== type) throw new Error(`expected a message of type 0x${type}, got ${message}`);
    return Number.parseInt(message.slice(8, 16), 16);
  }

  /** Sends bytes in hexadecimal, and a barrier request's worth of time for them to arrive. */
  raw(bytes: string | Uint8Array): void {
    this.wire.send(typeof bytes === "string" ? bytes : toHex(bytes));
  }
}
