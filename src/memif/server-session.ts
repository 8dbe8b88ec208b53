import { timingSafeEqual } from "node:crypto";
import { slotLength } from "./details.js";
import { type KnownRing, Link, type MemifPeer } from "./link.js";
import { Refusal } from "./memif-error.js";
import { MEMIF_VERSION, type Message, type MessageOf, RING_S2M } from "./messages.js";
import { dense, PeerRegions, type RegionLimits } from "./peer-regions.js";
import { RingMemory } from "./ring-memory.js";
import { checkRing } from "./ring-place.js";
import { MODES, Session, type SessionPlace, type SessionUser, unexpected } from "./session.js";

/** What a server announces in its HELLO: how much a client may bring. */
export interface MemifLimits {
  /** Regions of memory, 1 to 65,536; default 256. */
  readonly maxRegions?: number;
  /** Rings on which the client sends (S2M), 1 to 65,536; default 32. Each costs a descriptor. */
  readonly maxReceiveQueues?: number;
  /** Rings on which the client receives (M2S), 1 to 65,536; default 32. */
  readonly maxTransmitQueues?: number;
  /** Slots of a ring: a power of two up to 16,384, which is the default. */
  readonly maxRingSize?: number;
}

/** An interface in the server's role, as its connections see it. */
export interface ServerUser extends SessionUser, Omit<RegionLimits, "maxRegions"> {
  /** Takes the session as its connection; false when it has one. */
  claim(session: Session): boolean;
}

/** Where a server's session belongs. */
export interface ServerPlace extends SessionPlace {
  readonly limits: Required<MemifLimits>;
  /** The interface of an id. */
  find(id: number): ServerUser | undefined;
}

interface Announced {
  readonly region: number;
  readonly offset: number;
  readonly log2Size: number;
  readonly eventfd: number;
}

/** The server's side of the handshake (memif 2.0): each request is checked and acknowledged. */
export class ServerSession extends Session {
  readonly #place: ServerPlace;
  readonly #s2m: (Announced | undefined)[] = [];
  readonly #m2s: (Announced | undefined)[] = [];
  #wanted: ServerUser | null = null;
  #server: ServerUser | null = null;
  #regions: PeerRegions | null = null;
  #application = "";

  /** Greets a client that was accepted. */
  constructor(place: ServerPlace, fd: number) {
    super(place, fd);
    this.#place = place;
    const { maxRegions, maxReceiveQueues, maxTransmitQueues, maxRingSize } = place.limits;
    this.channel.send({
      type: "hello",
      name: place.applicationName,
      minVersion: MEMIF_VERSION,
      maxVersion: MEMIF_VERSION,
      maxRegion: maxRegions - 1,
      maxS2mRing: maxReceiveQueues - 1,
      maxM2sRing: maxTransmitQueues - 1,
      maxLog2RingSize: Math.log2(maxRingSize),
    });
  }

  /** Whether the client has not said yet which interface it wants. */
  get halfOpen(): boolean {
    return this.#server === null;
  }

  /** The interface that the client has asked for, also when it was turned away. */
  get wanted(): ServerUser | null {
    return this.#wanted;
  }

  protected override handle(message: Message, descriptor: number): void {
    const server = this.#server;
    const regions = this.#regions;
    if (server === null || regions === null) {
      if (message.type !== "init") throw unexpected(message);
      this.#init(message);
    } else if (this.channel.established) {
      throw unexpected(message);
    } else if (message.type === "addRegion") {
      regions.add(message.index, message.size, descriptor);
    } else if (message.type === "addRing") {
      this.#addRing(message, descriptor);
    } else if (message.type === "connect") {
      this.#connect(server, regions, { application: this.#application, interfaceName: message.interfaceName });
      return;
    } else {
      throw unexpected(message);
    }
    this.channel.send({ type: "ack" });
  }

  #init({ version, id, mode, secret, name }: MessageOf<"init">): void {
    if (version !== MEMIF_VERSION) throw new Refusal("Incompatible memif version");
    const server = this.#place.find(id);
    if (server === undefined) throw new Refusal(`Interface id ${id} not found`, "ECONNREFUSED");
    this.#wanted = server;
    if (server.secret !== null) {
      if (secret.every((byte) => byte === 0)) throw new Refusal("Secret required", "EPERM");
      if (!timingSafeEqual(secret, server.secret)) throw new Refusal("Incorrect secret", "EPERM");
    }
    if (MODES[mode] !== server.mode) throw new Refusal(`Mode mismatch: this is an interface of mode ${server.mode}`);
    if (!server.claim(this)) throw new Refusal("Already connected", "EBUSY");
    this.user = server;
    this.#server = server;
    this.#application = name;
    this.#regions = new PeerRegions(this.#place.calls, this.holdings, {
      maxRegions: this.#place.limits.maxRegions,
      maxMapping: server.maxMapping,
      allowUnsealed: server.allowUnsealed,
    });
  }

  #addRing({ flags, index, region, offset, log2Size, privateHeader }: MessageOf<"addRing">, eventfd: number): void {
    const { maxReceiveQueues, maxTransmitQueues, maxRingSize } = this.#place.limits;
    const s2m = (flags & RING_S2M) !== 0;
    const [rings, max, kind] = s2m ? [this.#s2m, maxReceiveQueues, "S2M"] : [this.#m2s, maxTransmitQueues, "M2S"];
    if (eventfd < 0) throw new Refusal("Missing ring descriptor");
    if (this.#place.calls.eventfdAdopt(eventfd, s2m) < 0) throw new Refusal(`The descriptor of ${kind} ring ${index} is no eventfd`);
    if (privateHeader !== 0) throw new Refusal("Private headers are not supported");
    if (index >= max) throw new Refusal(`${kind} ring index ${index} is too large`);
    if (rings[index] !== undefined) throw new Refusal(`${kind} ring ${index} was announced twice`);
    if (2 ** log2Size > maxRingSize) throw new Refusal(`${kind} ring ${index} has too many slots`);
    rings[index] = { region, offset, log2Size, eventfd };
  }

  #connect(server: ServerUser, regions: PeerRegions, peer: MemifPeer): void {
    const memory = new RingMemory(regions.all());
    const known = (list: readonly (Announced | undefined)[], what: string): KnownRing[] =>
      dense(list, what).map(({ eventfd, ...where }) => {
        const place = { memory, ...where };
        checkRing(place);
        return { place, eventfd, announced: slotLength(place, 0) };
      });
    const [s2m, m2s] = [known(this.#s2m, "S2M ring"), known(this.#m2s, "M2S ring")];
    const link = new Link(this.#place.calls, this.holdings, memory, s2m, m2s, server.link);
    link.start();
    this.channel.send({ type: "connected", interfaceName: server.interfaceName });
    if (!this.channel.closed) this.isUp(server, link, peer);
  }
}
