import type { Clock, Timer } from "../clock/mod.js";
import type { Native } from "../native/mod.js";
import { ControlChannel } from "./control-channel.js";
import { Holdings } from "./holdings.js";
import type { Link, LinkOptions, MemifPeer } from "./link.js";
import { type MemifError, Refusal } from "./memif-error.js";
import type { Message } from "./messages.js";

/** What travels in the packets of an interface: Ethernet frames, IP packets, or frames between a router's data plane and its control plane. */
export type MemifMode = "ethernet" | "ip" | "punt";

/** The modes' numbers on the wire are their places. */
export const MODES: readonly MemifMode[] = ["ethernet", "ip", "punt"];

/** An interface as its connections see it. */
export interface SessionUser {
  readonly id: number;
  readonly mode: MemifMode;
  /** The reason that is sent to the peer. */
  readonly interfaceName: string;
  /** 24 bytes padded with zeros; null where there is none. */
  readonly secret: Uint8Array | null;
  readonly link: LinkOptions;
  /** The connection is up. */
  up(session: Session, link: Link, peer: MemifPeer): void;
  /** A peer that asked for the interface was turned away before it got it. */
  refused(error: MemifError): void;
  /** The connection has ended, or was not made; called before the link is closed. */
  down(session: Session, error: MemifError): void;
}

/** Where a session belongs. */
export interface SessionPlace {
  readonly calls: Native;
  readonly clock: Clock;
  /** The socket's name, for messages. */
  readonly name: string;
  /** The program's name, which is sent to the peer. */
  readonly applicationName: string;
  /** Milliseconds until a connection has to be up. */
  readonly handshakeTimeout: number;
  /** Called when a session has ended and holds nothing any more. */
  ended(session: Session, error: MemifError): void;
}

/**
 * One connection from its first message to its end: the handshake is a subclass's. Whatever comes with it, descriptors, mappings and a timer, ends with it.
 */
export abstract class Session {
  protected readonly place: SessionPlace;
  protected readonly holdings: Holdings;
  /** Whose connection this is; null until a server knows it. */
  protected user: SessionUser | null = null;
  readonly channel: ControlChannel;
  #deadline: Timer | null;
  #link: Link | null = null;

  /** @param fd - a connected socket, the session's from now on */
  protected constructor(place: SessionPlace, fd: number) {
    this.place = place;
    this.holdings = new Holdings(place.calls);
    this.channel = new ControlChannel(place.calls, fd, `memif ${place.name}`, {
      message: (message, descriptor) => {
        if (descriptor >= 0) this.holdings.hold(descriptor);
        this.handle(message, descriptor);
      },
      down: (error) => this.#down(error),
    });
    this.#deadline = place.clock.after(place.handshakeTimeout, () => this.channel.disconnect("Handshake timed out", "ETIMEDOUT"));
  }

  /** Answers a message. The descriptor is held already; -1 where none came. Throws a {@link Refusal} to end the connection. */
  protected abstract handle(message: Message, descriptor: number): void;

  /** The handshake is done. */
  protected isUp(user: SessionUser, link: Link, peer: MemifPeer): void {
    this.#deadline?.stop();
    this.#deadline = null;
    this.#link = link;
    this.channel.established = true;
    user.up(this, link, peer);
  }

  #down(error: MemifError): void {
    this.#deadline?.stop();
    this.#deadline = null;
    this.user?.down(this, error);
    this.#link?.close();
    this.#link = null;
    this.holdings.release();
    this.place.ended(this, error);
  }
}

/** The answer to a message that has no place here. */
export function unexpected(message: Message): Refusal {
  return new Refusal(`Unexpected message ${message.type}`);
}
