import { type Chunk, parseIpv4, parseIpv6 } from "../bytes/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import { buildTcp, type IpFields, TcpFlag } from "../packet/mod.js";
import { OPENFLOW_PORT, type Stream } from "../stream/mod.js";
import { captureWriter } from "./capture-file.js";

/** How connections are recorded. */
export interface RecorderOptions {
  /** The time of day in milliseconds since 1970, with fractions; the system's unless given. */
  readonly now?: (() => number) | undefined;
}

/** What {@link RecorderOptions} has, for its check. */
export const RECORDER_OPTIONS: OptionTable<RecorderOptions> = { now: "function" };

/** What is known of a connection that is to be recorded. */
export interface AttachOptions {
  /**
   * What this end of the connection is; a controller unless given. Where neither end has port 6653, the controller's is shown with it, because that is the port by
   * which programs that show captures know OpenFlow.
   */
  readonly role?: "controller" | "switch" | undefined;
}

/** What {@link AttachOptions} has, for its check. */
export const RECORD_OPTIONS: OptionTable<AttachOptions> = { role: ["controller", "switch"] };

/** Bytes of a segment at the most: a packet of an IP version 6 with them stays below its 65,535 bytes. */
const SEGMENT = 0x8000;
const WINDOW = 0xffff;
/** A maximum segment size of that, and windows counted in units of 16 KiB (RFC 9293 §3.7.1, RFC 7323 §2.2), so that no segment seems to exceed the window. */
const SYN_OPTIONS = Uint8Array.of(2, 4, SEGMENT >>> 8, SEGMENT & 255, 3, 3, 14, 1);
const FIRST_PORT = 40_000;
const LAST_PORT = 65_000;

/**
 * Records connections into a capture in the pcapng format, which Wireshark opens with its OpenFlow dissector: each as a TCP connection of its own, whatever transport it
 * really has. What TLS carries is recorded in the clear.
 *
 * The bytes of the capture go to `sink` in order. They are the sink's to keep.
 */
export class Recorder {
  readonly #sink: (bytes: Uint8Array) => void;
  readonly #now: () => number;
  #ports = FIRST_PORT;
  #connections = 0;

  constructor(sink: (bytes: Uint8Array) => void, options: RecorderOptions = {}) {
    checkOptions("Recorder", options, RECORDER_OPTIONS);
    this.#sink = sink;
    this.#now = options.now ?? (() => performance.timeOrigin + performance.now());
    sink(captureWriter.header());
  }

  /** How many connections have been recorded, or are. */
  get connections(): number {
    return this.#connections;
  }

  /**
   * Records a stream, from now until it ends: what is received, as it is handed over, and what is sent, as it is accepted for sending. To be called once for a stream,
   * before any byte has been received or sent, with or without a `Vconn` on it. It costs a copy of all bytes.
   * @returns a function that stops recording the stream before it ends
   * @throws SouthboundError `ERR_USAGE` for a stream that is closing or closed
   */
  attach(stream: Stream, options: AttachOptions = {}): () => void {
    checkOptions("Recorder.attach", options, RECORD_OPTIONS);
    if (stream.state === "closing" || stream.state === "closed")
      throw new SouthboundError("ERR_USAGE", `${stream.name} has ended: attach the recorder before`);
    this.#connections++;
    let flow: RecordedFlow | undefined;
    let live = true;
    // the local address is not known before the stream is open
    const toFlow = (): RecordedFlow => {
      flow ??= this.#open(stream, options.role ?? "controller");
      return flow;
    };
    tapReceived(stream, (chunk, n) => {
      if (live) toFlow().data(true, chunk.u8.subarray(0, n));
    });
    tapSent(stream, (chunk, n) => {
      if (live) toFlow().data(false, chunk.u8.subarray(0, n));
    });
    const stop = (): void => {
      if (!live) return;
      live = false;
      flow?.end();
    };
    void stream.closed.then(stop);
    return stop;
  }

  #open(stream: Stream, role: "controller" | "switch"): RecordedFlow {
    const ends = this.#ends(stream, role);
    const flow = new RecordedFlow(ends, (frame, comment) => this.#sink(captureWriter.packet(this.#now(), frame, comment)));
    const local = stream.local === "" ? "" : `, ${role === "controller" ? "to" : "from"} ${stream.local}`;
    flow.begin(`${stream.name}${local}`, role === "controller");
    return flow;
  }

  /** What the ends are shown as: their real addresses where both have one of the same kind. */
  #ends(stream: Stream, role: "controller" | "switch"): Ends {
    let peer = endOf(stream.name);
    let local = endOf(stream.local);
    if (peer === undefined || local === undefined || typeof peer.ip !== typeof local.ip) {
      peer = { ip: SWITCH_ADDRESS, port: 0 };
      local = { ip: CONTROLLER_ADDRESS, port: 0 };
      if (role === "switch") [peer, local] = [local, peer];
    }
    if (peer.port === OPENFLOW_PORT || local.port === OPENFLOW_PORT) return { peer, local };
    const other = (port: number): number => port || this.#nextPort();
    return role === "controller"
      ? { peer: { ip: peer.ip, port: other(peer.port) }, local: { ip: local.ip, port: OPENFLOW_PORT } }
      : { peer: { ip: peer.ip, port: OPENFLOW_PORT }, local: { ip: local.ip, port: other(local.port) } };
  }

  #nextPort(): number {
    const port = this.#ports;
    this.#ports = port === LAST_PORT ? FIRST_PORT : port + 1;
    return port;
  }
}

/** An address, a number for version 4 and a bigint for version 6, with a port. */
interface End {
  readonly ip: number | bigint;
  readonly port: number;
}

interface Ends {
  readonly peer: End;
  readonly local: End;
}

/** Addresses for what has none: of the block for documentation (RFC 5737). */
const SWITCH_ADDRESS = 0xc0000201;
const CONTROLLER_ADDRESS = 0xc0000202;

/** The end that a name identifies: `tcp:127.0.0.1:6653`, `ssl:[::1]:6653`. */
function endOf(name: string): End | undefined {
  const parts = /^[a-z]+:(?:\[([0-9a-fA-F:.]+)(?:%[^\]]*)?\]|([0-9.]+)):(\d+)$/.exec(name);
  if (parts === null) return undefined;
  const [, six, four, port] = parts;
  try {
    return { ip: six === undefined ? parseIpv4(four!) : parseIpv6(six), port: Number(port) };
  } catch {
    return undefined;
  }
}

const MAC_PEER = 0x020000000001;
const MAC_LOCAL = 0x020000000002;

/** A connection as TCP would carry it. */
class RecordedFlow {
  readonly #put: (frame: Uint8Array, comment?: string) => void;
  readonly #fields: readonly [fromPeer: IpFields & Ports, fromLocal: IpFields & Ports];
  /** The next sequence numbers of the peer and of this end. */
  readonly #seq: [number, number] = [0, 0];

  constructor({ peer, local }: Ends, put: (frame: Uint8Array, comment?: string) => void) {
    this.#put = put;
    this.#fields = [fieldsOf(peer, local, MAC_PEER, MAC_LOCAL), fieldsOf(local, peer, MAC_LOCAL, MAC_PEER)];
  }

  begin(comment: string, byPeer: boolean): void {
    const { Syn, Ack } = TcpFlag;
    const first = byPeer ? 0 : 1;
    const second = byPeer ? 1 : 0;
    this.#segment(first, Syn, undefined, comment);
    this.#segment(second, Syn | Ack);
    this.#segment(first, Ack);
  }

  data(fromPeer: boolean, bytes: Uint8Array): void {
    for (let p = 0; p < bytes.length; p += SEGMENT)
      this.#segment(fromPeer ? 0 : 1, TcpFlag.Ack | TcpFlag.Psh, bytes.subarray(p, p + SEGMENT));
  }

  end(): void {
    const { Fin, Ack } = TcpFlag;
    this.#segment(0, Fin | Ack);
    this.#segment(1, Fin | Ack);
    this.#segment(0, Ack);
  }

  #segment(way: 0 | 1, flags: number, bytes?: Uint8Array, comment?: string): void {
    const seq = this.#seq[way];
    const ack = (flags & TcpFlag.Ack) === 0 ? 0 : this.#seq[1 - way]!;
    const starts = (flags & TcpFlag.Syn) !== 0;
    const window = starts ? { window: WINDOW, options: SYN_OPTIONS } : { window: WINDOW };
    this.#put(buildTcp({ ...this.#fields[way], seq, ack, flags, ...window }, bytes), comment);
    const counted = (bytes?.length ?? 0) + ((flags & (TcpFlag.Syn | TcpFlag.Fin)) === 0 ? 0 : 1);
    this.#seq[way] = (seq + counted) >>> 0;
  }
}

interface Ports {
  readonly tcpSrc: number;
  readonly tcpDst: number;
}

function fieldsOf(from: End, to: End, ethSrc: number, ethDst: number): IpFields & Ports {
  const rest = { ethSrc, ethDst, tcpSrc: from.port, tcpDst: to.port };
  return typeof from.ip === "bigint" || typeof to.ip === "bigint"
    ? { ...rest, ipv6Src: BigInt(from.ip), ipv6Dst: BigInt(to.ip) }
    : { ...rest, ipv4Src: from.ip, ipv4Dst: to.ip, dontFragment: true };
}

type Taker = (chunk: Chunk, n: number) => void;

/** The accessor of a stream's receiver, wherever in its chain of prototypes it stands. */
function receiverOf(stream: Stream): { get(): Taker | null; set(taker: Taker | null): void } {
  for (let at: object | null = stream; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const slot = Object.getOwnPropertyDescriptor(at, "onChunk");
    if (slot?.get !== undefined && slot.set !== undefined)
      return { get: () => slot.get!.call(stream) as Taker | null, set: (taker) => slot.set!.call(stream, taker) };
  }
  throw new SouthboundError("ERR_USAGE", `${stream.name} has no receiver to record at`);
}

/** Has `see` look at all that a stream receives before its user does. */
function tapReceived(stream: Stream, see: Taker): void {
  const slot = receiverOf(stream);
  let user = slot.get();
  const both: Taker = (chunk, n) => {
    see(chunk, n);
    user?.(chunk, n);
  };
  Object.defineProperty(stream, "onChunk", {
    configurable: true,
    enumerable: true,
    get: () => user,
    set: (taker: Taker | null) => {
      user = taker;
      slot.set(taker === null ? null : both);
    },
  });
  stream.onChunk = user;
}

/** Has `see` look at all that a stream accepts for sending. */
function tapSent(stream: Stream, see: Taker): void {
  const write = stream.write.bind(stream);
  Object.defineProperty(stream, "write", {
    configurable: true,
    enumerable: true,
    value: (chunk: Chunk, n: number): boolean => {
      if (n > 0 && n <= chunk.u8.length && (stream.state === "connecting" || stream.state === "open")) see(chunk, n);
      return write(chunk, n);
    },
  });
}
