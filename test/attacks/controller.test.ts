/** What a peer can do to a controller that runs the learning application, each beside a neighbour that must lose nothing. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  ErrorMessage,
  encodeMessage,
  FeaturesReply,
  Match,
  type Message,
  PacketIn,
  Port,
  PortDescReply,
  PortStatus,
} from "../../src/ofp/mod.js";
import { buildEthernet } from "../../src/packet/mod.js";
import { testPki } from "../stream/certificates.js";
import { frame, joined, type RawPeer, rawPeer, type Server, startServer } from "./neighbour.js";

const HELLO = frame(4, 0, 1);
const ECHO_REQUEST = 2;
const FEATURES_REQUEST = 5;
const BARRIER_REPLY = 21;
const MULTIPART_REQUEST = 18;

const bytesOf = (m: Message, xid = 0): Uint8Array => {
  const bytes = encodeMessage(m, 4).slice();
  new DataView(bytes.buffer).setUint32(4, xid);
  return bytes;
};
const times = (n: number, make: (i: number) => Uint8Array): Uint8Array => joined(Array.from({ length: n }, (_, i) => make(i)));
const packetIn = (inPort: number, from: number, to: number): Uint8Array =>
  bytesOf(
    PacketIn.of({
      bufferId: 0xffffffff,
      match: Match.of({ inPort }),
      data: buildEthernet({ ethSrc: from, ethDst: to, ethType: 0x88b5 }, new Uint8Array(46)),
    }),
  );

let server: Server;
let peers: RawPeer[] = [];

const peer = async (options: { readonly deaf?: boolean } = {}): Promise<RawPeer> => {
  const made = await rawPeer(server.port, options);
  peers.push(made);
  return made;
};

interface SwitchPlay {
  readonly datapathId: bigint;
  readonly auxiliaryId?: number;
  /** Answers the request for ports; by default with none. */
  readonly ports?: (xid: number, peer: RawPeer) => void;
}

/** A peer that sets itself up as a switch. Resolves when it has answered what it is asked for that. */
async function asSwitch({ datapathId, auxiliaryId = 0, ports }: SwitchPlay): Promise<RawPeer> {
  const made = await peer();
  let buffer = Buffer.alloc(0);
  const ready = new Promise<void>((resolve) => {
    made.socket.once("close", () => resolve());
    made.socket.on("data", (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      while (buffer.length >= 8 && buffer.length >= buffer.readUInt16BE(2)) {
        const type = buffer[1];
        const xid = buffer.readUInt32BE(4);
        buffer = buffer.subarray(buffer.readUInt16BE(2));
        if (type === FEATURES_REQUEST) {
          void made.say(bytesOf(FeaturesReply.of({ datapathId, auxiliaryId, nTables: 1 }), xid));
          if (auxiliaryId !== 0) resolve();
        } else if (type === MULTIPART_REQUEST) {
          if (ports === undefined) void made.say(bytesOf(PortDescReply.of({}), xid));
          else ports(xid, made);
          made.socket.removeAllListeners("data");
          made.socket.resume();
          resolve();
        }
      }
    });
  });
  await made.say(HELLO);
  await ready;
  return made;
}

/** Has peers send the same bytes again and again. */
const flood = async (by: readonly RawPeer[], bytes: Uint8Array, until: () => boolean): Promise<void> => {
  await Promise.all(
    by.map(async (one) => {
      // the kernel takes no more: it goes on when it does, or when the server ends it
      while (!until() && !one.ended) await Promise.race([one.say(bytes), new Promise((resolve) => setTimeout(resolve, 100))]);
    }),
  );
};
const lasting = async (until: () => boolean): Promise<void> => {
  while (!until()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const several = <T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, i) => make(i)));

const attacks: Readonly<Record<string, (until: () => boolean) => Promise<void>>> = {
  "200 that connect and say nothing": async (until) => {
    await several(200, () => peer());
    await lasting(until);
  },
  "100 that send a byte now and then": async (until) => {
    const slow = await several(100, () => peer());
    const bytes = joined([HELLO, frame(4, ECHO_REQUEST, 1, new Uint8Array(4096))]);
    for (let i = 0; !until(); i++) {
      for (const one of slow) void one.say(bytes.subarray(i % bytes.length, (i % bytes.length) + 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  "a hello, and then megabytes before the features reply": async (until) => {
    const by = await several(4, () => peer());
    for (const one of by) await one.say(HELLO);
    await flood(
      by,
      times(16, () => bytesOf(PacketIn.of({ match: Match.of({ inPort: 1 }), data: new Uint8Array(60_000) }))),
      until,
    );
  },
  "20 with a list of ports that does not end": async (until) => {
    const list = PortDescReply.of({ flags: 1, ports: Array.from({ length: 1000 }, (_, i) => Port.of({ portNo: i + 1 })) });
    for (let round = 0n; !until(); round += 20n) {
      const by = await several(20, (i) =>
        asSwitch({ datapathId: 0x100n + round + BigInt(i), ports: (xid, one) => void flood([one], bytesOf(list, xid), until) }),
      );
      await Promise.race([Promise.all(by.map((one) => one.heard(Number.POSITIVE_INFINITY))), lasting(until)]);
    }
  },
  "20 with parts that nobody asked for": async (until) => {
    const by = await several(20, (i) => asSwitch({ datapathId: 0x200n + BigInt(i) }));
    await flood(
      by,
      times(1000, () => bytesOf(PortDescReply.of({ flags: 1, ports: [Port.of({ portNo: 1 })] }), 0x7fffffff)),
      until,
    );
  },
  "messages of 64 KB, whose answers nobody reads": async (until) => {
    const by = await several(4, () => peer({ deaf: true }));
    for (const one of by) void one.say(HELLO);
    await flood(by, frame(4, ECHO_REQUEST, 1, new Uint8Array(0xfff0)), until);
  },
  "connections as fast as can be": async (until) => {
    while (!until()) for (const one of await several(20, () => rawPeer(server.port))) one.destroy();
  },
  "four that send echo requests as fast as they can": async (until) => {
    const by = await several(4, () => peer());
    for (const one of by) await one.say(HELLO);
    await flood(
      by,
      times(1000, (i) => frame(4, ECHO_REQUEST, i)),
      until,
    );
  },
  "replies with xid 0, with one xid again and again, and with foreign ones": async (until) => {
    const by = await several(4, (i) => asSwitch({ datapathId: 0x300n + BigInt(i) }));
    const replies = times(300, (i) =>
      joined([
        frame(4, BARRIER_REPLY, 0),
        frame(4, BARRIER_REPLY, 7),
        bytesOf(FeaturesReply.of({ datapathId: 5n }), 1 + i),
        frame(4, BARRIER_REPLY, 0xffffff00 + (i & 255)),
      ]),
    );
    await flood(by, replies, until);
  },
  "errors whose excerpt is short": async (until) => {
    const by = await several(4, (i) => asSwitch({ datapathId: 0x400n + BigInt(i) }));
    await flood(
      by,
      times(1000, (i) => bytesOf(ErrorMessage.of({ errType: 5, code: 0, data: new Uint8Array([4, 14, 0, 80]).subarray(0, i % 5) }), i)),
      until,
    );
  },
  "two with one datapath id in turn": async (until) => {
    while (!until()) {
      const one = await asSwitch({ datapathId: 0x500n });
      const two = await asSwitch({ datapathId: 0x500n });
      await Promise.race([one.heard(Number.POSITIVE_INFINITY), two.heard(Number.POSITIVE_INFINITY), lasting(until)]);
      one.destroy();
      two.destroy();
    }
  },
  "port-status without end, with 65,536 learnt addresses": async (until) => {
    const by = await asSwitch({ datapathId: 0x600n });
    for (let i = 0; i < 64; i++) await by.say(times(1024, (j) => packetIn(1, 0x020000000000 + 1024 * i + j, 0x020000fffff0)));
    const news = times(500, (i) =>
      joined([bytesOf(PortStatus.of({ reason: 2, port: Port.of({ portNo: 1 }) })), packetIn(1, 0x020000000000 + i, 0x020000fffff0)]),
    );
    await flood([by], news, until);
  },
};

describe("a controller that peers attack serves the others", () => {
  beforeAll(async () => {
    server = await startServer({ kind: "controller", controller: { versions: [4] } });
  });

  afterEach(() => {
    for (const one of peers) one.destroy();
    peers = [];
  });

  afterAll(async () => {
    await server?.close();
  });

  test.each(Object.entries(attacks))(
    "%s",
    async (name, attack) => {
      const report = await server.beside(name, attack, { answers: 150 });
      expect(report.lost).toBe(0);
    },
    60_000,
  );

  test("1,000 auxiliary connections that wait for their main ones", async () => {
    const before = await server.status();
    let during = before;
    const report = await server.beside(
      "1,000 auxiliary connections",
      async (until) => {
        const early = packetIn(1, 1, 2);
        await several(1000, async (i) => {
          const one = await asSwitch({ datapathId: 0x700n + BigInt(i), auxiliaryId: 1 });
          await one.say(times(200, () => early));
        });
        await lasting(until);
        during = await server.status();
      },
      { answers: 150 },
    );
    expect(report.lost).toBe(0);
    // as many as may wait, and the neighbour
    expect(during.connections).toBeLessThanOrEqual(257);
    console.log(`1,000 auxiliary connections: ${during.connections} connections, ${Math.round((during.heap - before.heap) / 1e6)} MB held`);
  }, 60_000);
});

test("TLS clients that stop in the middle of their handshake", async () => {
  const dir = mkdtempSync(join(tmpdir(), "southbound-attacks-"));
  try {
    const { privateKey, certificate, caCert } = testPki(dir);
    server = await startServer({ kind: "controller", tls: { privateKey, certificate, caCert } });
    const tls = { key: readFileSync(privateKey), cert: readFileSync(certificate) };
    const start = new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    const attack = async (until: () => boolean): Promise<void> => {
      while (!until()) {
        // every other one goes away, the others stay
        for (const [i, one] of (await several(20, () => peer())).entries()) {
          await one.say(start);
          if (i % 2 === 0) one.destroy();
        }
        await Promise.race([lasting(until), new Promise((resolve) => setTimeout(resolve, 50))]);
      }
    };
    const report = await server.beside("half a TLS handshake", attack, { answers: 150, tls });
    expect(report.lost).toBe(0);
  } finally {
    for (const one of peers) one.destroy();
    peers = [];
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);
