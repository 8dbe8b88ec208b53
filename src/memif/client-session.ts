import { type KnownRing, Link } from "./link.js";
import { callError, Refusal, succeeded } from "./memif-error.js";
import { MEMIF_VERSION, type Message, type MessageOf, RING_S2M } from "./messages.js";
import { RingMemory } from "./ring-memory.js";
import { layRing, ringBytes } from "./ring-place.js";
import { MODES, Session, type SessionPlace, type SessionUser, unexpected } from "./session.js";

/** An interface in the client's role, as its connections see it: how much memory it wants to make. */
export interface ClientUser extends SessionUser {
  readonly transmitQueues: number;
  readonly receiveQueues: number;
  readonly log2RingSize: number;
  readonly bufferSize: number;
}

/** Rings and buffers begin at multiples of a cache line. */
const ALIGN = 64;
const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN;

/** Bytes of the one region that a client makes: the rings, behind them the buffers of each. */
export function regionBytes(rings: number, log2RingSize: number, bufferSize: number): number {
  return rings * (aligned(ringBytes(log2RingSize)) + 2 ** log2RingSize * bufferSize);
}

interface Step {
  readonly message: Message;
  readonly descriptor: number;
}

/** The client's side of the handshake (memif 2.0): makes the memory when it knows the server's limits, then sends one message for each acknowledgement. */
export class ClientSession extends Session {
  readonly #client: ClientUser;
  #steps: Step[] | null = null;
  #application = "";
  #link: Link | null = null;
  #memfd = -1;

  constructor(place: SessionPlace, fd: number, client: ClientUser) {
    super(place, fd);
    this.user = client;
    this.#client = client;
  }

  protected override handle(message: Message): void {
    const link = this.#link;
    if (message.type === "hello" && this.#steps === null) {
      this.#application = message.name;
      this.#steps = this.#prepare(message);
      this.#next(message);
    } else if (message.type === "ack" && this.#steps !== null) {
      this.#next(message);
    } else if (message.type === "connected" && link !== null && this.#steps?.length === 0 && !this.channel.established) {
      this.holdings.close(this.#memfd);
      link.start();
      this.isUp(this.#client, link, { application: this.#application, interfaceName: message.interfaceName });
    } else {
      throw unexpected(message);
    }
  }

  #next(message: Message): void {
    const step = this.#steps?.shift();
    if (step === undefined) throw unexpected(message);
    this.channel.send(step.message, step.descriptor);
  }

  #prepare(hello: MessageOf<"hello">): Step[] {
    const { id, mode, secret, interfaceName, bufferSize } = this.#client;
    if (hello.minVersion > MEMIF_VERSION || hello.maxVersion < MEMIF_VERSION) throw new Refusal("Incompatible memif version");
    const s2m = Math.min(this.#client.transmitQueues, hello.maxS2mRing + 1);
    const m2s = Math.min(this.#client.receiveQueues, hello.maxM2sRing + 1);
    const log2Size = Math.min(this.#client.log2RingSize, hello.maxLog2RingSize);
    const size = regionBytes(s2m + m2s, log2Size, bufferSize);
    const region = this.#makeRegion(size);
    const memory = new RingMemory([region]);
    const rings = this.#layRings(memory, s2m + m2s, log2Size);
    this.#link = new Link(this.place.calls, this.holdings, memory, rings.slice(s2m), rings.slice(0, s2m), this.#client.link);

    const step = (message: Message, descriptor = -1): Step => ({ message, descriptor });
    return [
      step({
        type: "init",
        version: MEMIF_VERSION,
        id,
        mode: MODES.indexOf(mode),
        secret: secret ?? new Uint8Array(),
        name: this.place.applicationName,
      }),
      step({ type: "addRegion", index: 0, size }, this.#memfd),
      ...rings.map(({ place: { offset }, eventfd }, i) => {
        const [flags, index] = i < s2m ? [RING_S2M, i] : [0, i - s2m];
        return step({ type: "addRing", flags, index, region: 0, offset, log2Size, privateHeader: 0 }, eventfd);
      }),
      step({ type: "connect", interfaceName }),
    ];
  }

  #makeRegion(size: number): ArrayBuffer {
    const { calls } = this.place;
    const context = `memif: making ${size} bytes of shared memory`;
    this.#memfd = this.holdings.hold(succeeded(calls.memfdCreate("memif region 0", size), context));
    const memory = calls.memoryMap(this.#memfd, size);
    if (typeof memory === "number") throw callError(memory, context);
    return this.holdings.holdMapping(memory);
  }

  #layRings(memory: RingMemory, count: number, log2Size: number): KnownRing[] {
    const { calls } = this.place;
    const { bufferSize } = this.#client;
    const ringSize = aligned(ringBytes(log2Size));
    return Array.from({ length: count }, (_, i) => {
      const place = { memory, region: 0, offset: i * ringSize, log2Size };
      const buffers = { region: 0, offset: count * ringSize + i * 2 ** log2Size * bufferSize, size: bufferSize };
      layRing(place, buffers);
      return { place, buffers, eventfd: this.holdings.hold(succeeded(calls.eventfdCreate(), "memif: making an eventfd")) };
    });
  }
}
