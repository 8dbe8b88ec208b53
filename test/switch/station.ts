import { buildEthernet, parseFrame } from "../../src/packet/mod.js";
import { type Link, link, SwitchPort } from "../../src/switch/mod.js";

/** A frame of a kind that is nothing but its addresses. */
export const frame = (from: number, to: number): Uint8Array =>
  buildEthernet({ ethSrc: from, ethDst: to, ethType: 0x88b5 }, new Uint8Array(46));

/** A station that is plugged into one port at a time, and counts what comes for it. */
export class Station {
  readonly port: SwitchPort;
  readonly mac: number;
  heard = 0;
  #link: Link | undefined;

  constructor(mac: number) {
    this.mac = mac;
    this.port = new SwitchPort({ portNo: 0, name: "station", hwAddr: mac });
    this.port.onFrame = (f) => {
      if (parseFrame(f).ethernet.dst === mac) this.heard++;
    };
  }

  plug(port: SwitchPort): void {
    this.unplug();
    this.#link = link(port, this.port);
  }

  unplug(): void {
    this.#link?.unplug();
    this.#link = undefined;
  }

  say(to: number): void {
    this.port.send(frame(this.mac, to));
  }
}
