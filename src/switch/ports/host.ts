import { Chunk, formatIpv4 } from "../../bytes/mod.js";
import { type Clock, systemClock, type Timer } from "../../clock/mod.js";
import { checkOptions, type OptionTable, optionsIn, SouthboundError } from "../../errors/mod.js";
import { ArpOp, buildArp, buildIcmpEcho, ethDst, type Frame, IcmpType, isMulticast, MAC_BROADCAST, parseFrame } from "../../packet/mod.js";
import { ARP_CACHE_OPTIONS, ArpCache, type ArpCacheOptions } from "./arp-cache.js";
import { SwitchPort } from "./port.js";

/** What a host is made from. */
export interface HostOptions extends ArpCacheOptions {
  /** Its name, and that of its port; up to 15 bytes. */
  readonly name: string;
  /** Its Ethernet address, 48 bits. */
  readonly mac: number;
  /** Its IPv4 address, 32 bits. All addresses are on its link: there is no router. */
  readonly ip: number;
}

const HOST_OPTIONS: OptionTable<HostOptions> = {
  name: "string!",
  mac: "number!",
  ip: "number!",
  clock: "clock",
  retryInterval: "number",
  attempts: "number",
  lifetime: "number",
};

/** How to ping. */
export interface PingOptions {
  /** Milliseconds to wait for the answer, the search for the other's address included; default 1,000. */
  readonly timeout?: number | undefined;
  /** Bytes of data; default 56. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What {@link PingOptions} has, for its check. */
export const PING_OPTIONS: OptionTable<PingOptions> = { timeout: "number", size: "number", signal: "signal" };

/** What came back. */
export interface PingReply {
  /** Milliseconds from the request to the reply, without the search for the address. */
  readonly rttMs: number;
  /** Bytes of ICMP that came. */
  readonly bytes: number;
  /** What was left of the reply's time to live. */
  readonly ttl: number;
  /** The sequence number of the request. */
  readonly seq: number;
}

const ECHO_ID = 0x5b;

/**
 * An end system on a link: it answers ARP for its address and ICMP echo requests, and pings others. Plug `host.port` into a link.
 */
export class Host {
  readonly name: string;
  readonly mac: number;
  readonly ip: number;
  readonly port: SwitchPort;
  /** Whose addresses it knows. */
  readonly arp: ArpCache;
  /** Called with each frame that was for this host, also those that it answered. The frame is not to be changed. */
  onFrame: ((frame: Uint8Array) => void) | null = null;
  /** Frames for this host that were no good packets. */
  malformed = 0;
  readonly #clock: Clock;
  readonly #pings = new Map<number, (frame: Frame) => void>();
  #seq = 0;

  constructor(options: HostOptions) {
    checkOptions("Host", options, HOST_OPTIONS);
    this.name = options.name;
    this.mac = options.mac;
    this.ip = options.ip;
    this.#clock = options.clock ?? systemClock;
    this.port = new SwitchPort({ portNo: 0, name: options.name, hwAddr: options.mac, clock: options.clock });
    this.port.onFrame = (frame) => this.#receive(frame);
    this.arp = new ArpCache(
      (tpa) => this.port.send(buildArp({ op: ArpOp.Request, sha: this.mac, spa: this.ip, tpa })),
      optionsIn<ArpCacheOptions>(options, ARP_CACHE_OPTIONS),
    );
  }

  /**
   * Sends one echo request and waits for its reply.
   * @throws SouthboundError, as a rejection: `EHOSTUNREACH` when nobody says that the address is its, `ERR_TIMEOUT`, `ERR_ABORTED`, `EAGAIN` when 65,536
   *   pings wait already
   */
  ping(ip: number, options: PingOptions = {}): Promise<PingReply> {
    checkOptions("Host.ping", options, PING_OPTIONS);
    const { timeout = 1_000, size = 56, signal } = options;
    return new Promise((resolve, reject) => {
      const seq = this.#freeSeq();
      let timer: Timer | undefined;
      const end = (): void => {
        timer?.stop();
        signal?.removeEventListener("abort", aborted);
        this.#pings.delete(seq);
      };
      const fail = (code: "EHOSTUNREACH" | "ERR_TIMEOUT" | "ERR_ABORTED" | "EAGAIN", what: string, cause?: unknown): void => {
        end();
        const text = `${this.name}: ping ${formatIpv4(ip)}: ${what}`;
        reject(new SouthboundError(code, text, cause === undefined ? undefined : { cause }));
      };
      const aborted = (): void => fail("ERR_ABORTED", "aborted", signal?.reason);
      if (signal?.aborted === true) return aborted();
      if (seq < 0) return fail("EAGAIN", "65,536 pings wait for their replies already");
      signal?.addEventListener("abort", aborted, { once: true });
      timer = this.#clock.after(timeout, () => fail("ERR_TIMEOUT", `no reply within ${timeout} ms`));
      let sent: number | undefined;
      this.#pings.set(seq, (frame) => {
        if (sent === undefined || frame.ipv4!.src !== ip) return;
        end();
        resolve({ rttMs: this.#clock.now() - sent, bytes: frame.payload.length + 8, ttl: frame.ipv4!.ttl, seq });
      });
      this.arp.resolve(ip, (mac) => {
        if (!this.#pings.has(seq)) return;
        if (mac === undefined) return fail("EHOSTUNREACH", "nobody has this address");
        sent = this.#clock.now();
        this.#echo(mac, ip, false, ECHO_ID, seq, new Uint8Array(size));
      });
    });
  }

  /** Announces its address to everybody, unasked. RFC 5227 §3 */
  announce(): void {
    this.port.send(buildArp({ op: ArpOp.Request, sha: this.mac, spa: this.ip, tpa: this.ip }));
  }

  #freeSeq(): number {
    if (this.#pings.size > 0xffff) return -1;
    do this.#seq = (this.#seq + 1) & 0xffff;
    while (this.#pings.has(this.#seq));
    return this.#seq;
  }

  #echo(mac: number, ip: number, reply: boolean, id: number, seq: number, data: Uint8Array): void {
    this.port.send(buildIcmpEcho({ ethDst: mac, ethSrc: this.mac, ipv4Src: this.ip, ipv4Dst: ip, reply, id, seq, data }));
  }

  #receive(bytes: Uint8Array): void {
    if (bytes.length < 14) return;
    const chunk = new Chunk(bytes);
    const dst = ethDst(chunk, 0);
    if (dst !== this.mac && !isMulticast(dst)) return;
    let frame: Frame;
    try {
      frame = parseFrame(chunk, { verify: true });
    } catch {
      this.malformed++;
      return;
    }
    this.onFrame?.(bytes);
    if (frame.ethernet.vlans.length > 0) return;
    if (frame.arp !== undefined && (dst === this.mac || dst === MAC_BROADCAST)) this.#arp(frame.arp);
    else if (frame.icmp !== undefined && dst === this.mac && frame.ipv4?.dst === this.ip) this.#icmp(frame);
  }

  #arp({ op, sha, spa, tpa }: NonNullable<Frame["arp"]>): void {
    if (spa === this.ip || isMulticast(sha)) return;
    this.arp.learn(spa, sha, tpa === this.ip && op === ArpOp.Request);
    if (op === ArpOp.Request && tpa === this.ip)
      this.port.send(buildArp({ op: ArpOp.Reply, sha: this.mac, spa: this.ip, tha: sha, tpa: spa }));
  }

  #icmp(frame: Frame): void {
    const { type, code, id, seq } = frame.icmp!;
    if (code !== 0) return;
    if (type === IcmpType.EchoRequest) {
      this.#echo(frame.ethernet.src, frame.ipv4!.src, true, id, seq, frame.payload);
    } else if (type === IcmpType.EchoReply && id === ECHO_ID) {
      this.#pings.get(seq)?.(frame);
    }
  }
}
