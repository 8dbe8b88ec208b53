import { Duplex } from "node:stream";
import type { Packet } from "./interface-options.js";
import type { PacketPort } from "./packet-port.js";

/** An interface as a stream in object mode. */
export function packetDuplex(of: PacketPort): Duplex {
  const given = new AbortController();
  let attached = false;

  const send = async (packets: readonly Packet[]): Promise<void> => {
    let rest = packets;
    for (;;) {
      rest = rest.slice(of.send(rest));
      if (rest.length === 0) return;
      await of.writable(0, { signal: given.signal });
    }
  };

  const duplex = new Duplex({
    objectMode: true,
    readableHighWaterMark: 256,
    writableHighWaterMark: 256,
    read() {
      if (attached) of.resume();
      else {
        of.receive((burst) => {
          let more = true;
          for (let i = 0; i < burst.count && attached; i++) more = duplex.push(burst.copy(i));
          if (attached && !more) of.pause();
        });
        attached = true;
      }
    },
    write(packet: Packet, _encoding, done) {
      send([packet]).then(() => done(), done);
    },
    writev(chunks, done) {
      send(chunks.map(({ chunk }) => chunk as Packet)).then(() => done(), done);
    },
    destroy(error, done) {
      off();
      given.abort();
      if (attached) {
        of.receive(null);
        of.resume();
      }
      attached = false;
      done(error);
    },
  });
  const ended = (): void => {
    if (attached) of.receive(null);
    attached = false;
    duplex.push(null);
    duplex.end();
  };
  const off = of.on("closed", ended);
  if (of.state === "closed") ended();
  return duplex;
}
