import { SouthboundError } from "../errors/mod.js";
import type { Interface } from "./interface.js";
import { MemifClient } from "./memif-client.js";
import { MemifServer } from "./memif-server.js";
import { shortText } from "./options.js";
import { numberIn, readSocketName } from "./socket-name.js";

const OPTIONS = {
  role: (text: string) => {
    if (text !== "client" && text !== "server") throw new Error(`role=${text}: client or server is expected`);
  },
  id: (text: string) => numberIn("id", text, 0, 0xffff_ffff),
  queues: (text: string) => numberIn("queues", text, 1, 256),
  secret: (text: string) => {
    if (text === "" || Buffer.byteLength(text) > 23) throw new Error("a secret has 1 to 23 bytes");
  },
  name: (text: string) => shortText("name", text),
};

/** An interface that was named in one word. */
export interface MemifPortName {
  readonly role: "client" | "server";
  /** The path, absolute, or `@` and an abstract name. */
  readonly socket: string;
  readonly id: number;
  /** How many queues to receive from; a server takes what the client brings. */
  readonly queues: number;
  readonly secret: string | undefined;
  /** What the interface calls itself. */
  readonly name: string | undefined;
}

/**
 * Reads `memif:FILE[?role=client|server][&id=N][&queues=N][&secret=TEXT][&name=TEXT]`: an interface for Ethernet frames, a client with the id 0 and one queue unless said otherwise. A relative FILE is in the run
 * directory; `@` and a name is an abstract socket.
 * @throws SouthboundError `EAFNOSUPPORT`, with what is wrong; `EINVAL` for a NUL
 */
export function parseMemifPort(text: string): MemifPortName {
  if (!text.startsWith("memif:"))
    throw new SouthboundError("EAFNOSUPPORT", `"${text}" is no port: memif:FILE[?role=client|server][&id=N] is what there is`);
  const { socket, options } = readSocketName(text, text.slice("memif:".length), OPTIONS);
  return {
    role: options.get("role") === "server" ? "server" : "client",
    socket,
    id: Number(options.get("id") ?? 0),
    queues: Number(options.get("queues") ?? 1),
    secret: options.get("secret"),
    name: options.get("name"),
  };
}

/** Makes the interface that was named. @throws as the constructors of {@link MemifServer} and {@link MemifClient} do */
export function openMemifPort({ role, queues, ...common }: MemifPortName): Interface {
  return role === "server" ? new MemifServer(common) : new MemifClient({ ...common, receiveQueues: queues });
}
