import { createServer, type Server, Socket, type SocketConstructorOpts } from "node:net";
import { Chunk } from "southbound/bytes";
import { apply, encodeMessage, FeaturesRequest, FlowMod, Hello, Match, MessageType, Output, VersionBitmap } from "southbound/ofp";
import type { Version } from "southbound/schema";

const { PacketIn: PACKET_IN } = MessageType;

const READ = new Chunk(0x10000);
const OUT = 0x40000;

/** What a peer is asked for and told, written out once. */
interface Phrases {
  readonly greeting: Uint8Array;
  readonly answer: Uint8Array;
  readonly bufferAt: number;
}

function phrases(version: Version): Phrases {
  const hello = encodeMessage(Hello.of({ elements: version === 1 ? [] : [VersionBitmap.of({ bitmaps: [2 ** version] })] }), version);
  const features = encodeMessage(FeaturesRequest.of({ xid: 1 }), version);
  const answer = FlowMod.of({
    idleTimeout: 60,
    match: Match.of({ inPort: 1, ethSrc: 1, ethDst: 2 }),
    instructions: [apply(Output.of({ port: 2 }))],
  });
  return { greeting: Buffer.concat([hello, features]), answer: encodeMessage(answer, version), bufferAt: version === 1 ? 64 : 32 };
}

interface Handle {
  useUserBuffer?: unknown;
}

/**
 * A server that understands nothing: it answers each packet-in with one flow-mod, always the same but for transaction id and buffer. What it
 * reaches is what sockets and the load generator give, whatever the controller: the ceiling of a run.
 */
export function reflector(version: Version): Server {
  const { greeting, answer, bufferAt } = phrases(version);
  return createServer({ pauseOnConnect: true }, (raw) => {
    // The handle moves into a socket that reads into our buffer, as the channel's own sockets do; see SocketStream.accept.
    const handle = (raw as unknown as { _handle: Handle | null })._handle;
    const tcp = raw.remoteAddress !== undefined;
    (raw as unknown as { _handle: Handle | null })._handle = null;
    raw.destroy();
    let part = new Uint8Array(0);
    let out = new Chunk(OUT);
    const feed = (c: Chunk, n: number): void => {
      const { dv } = c;
      let p = 0;
      let q = 0;
      while (n - p >= 8) {
        const head = dv.getUint32(p);
        const end = p + (head & 0xffff);
        if (end > n || end - p < 8) break;
        if (((head >>> 16) & 0xff) === PACKET_IN) {
          if (q + answer.length > OUT) {
            socket.write(out.u8.subarray(0, q));
            out = new Chunk(OUT);
            q = 0;
          }
          out.u8.set(answer, q);
          out.dv.setUint32(q + 4, dv.getUint32(p + 4));
          out.dv.setUint32(q + bufferAt, dv.getUint32(p + 8));
          q += answer.length;
        }
        p = end;
      }
      part = p < n ? c.u8.slice(p, n) : new Uint8Array(0);
      if (q === 0) return;
      socket.write(out.u8.subarray(0, q));
      if (socket.writableLength !== 0) out = new Chunk(OUT);
    };
    const callback = (n: number): boolean => {
      if (part.length === 0) feed(READ, n);
      else {
        const joined = new Chunk(part.length + n);
        joined.u8.set(part);
        joined.u8.set(READ.u8.subarray(0, n), part.length);
        feed(joined, joined.u8.length);
      }
      return true;
    };
    const options: SocketConstructorOpts & { handle: Handle | null; onread: { buffer: Uint8Array; callback: (n: number) => boolean } } = {
      handle,
      onread: { buffer: READ.u8, callback },
    };
    const socket = new Socket(options);
    socket.on("error", () => {});
    if (tcp) socket.setNoDelay(true);
    socket.resume();
    socket.write(greeting);
  });
}
