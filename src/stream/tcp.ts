import type { AddressInfo } from "node:net";
import type { Listener, ListenOptions } from "./listener.js";
import { listenSocket } from "./socket-listener.js";
import { inetName, SocketStream } from "./socket-stream.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { InetTarget } from "./target.js";

/** `tcp:` and `ptcp:`. Nagle's algorithm is off. DSCP is left alone: Node has no call for it. */
export const tcp = {
  name: "tcp",
  passive: "ptcp",
  syntax: "inet" as const,
  help: {
    active: ["HOST[:PORT]", "PORT (default: 6653) at remote HOST"],
    passive: ["[PORT][:IP]", "listen to TCP PORT (default: 6653) on IP"],
  },

  connect(target: InetTarget, options: ConnectOptions): Stream {
    const { host, port, name } = target;
    return SocketStream.connect({ host, port }, { kind: "tcp", name, needsProbes: true, state: "connecting" }, options);
  },

  listen(target: InetTarget, options: ListenOptions): Promise<Listener> {
    return listenSocket(
      {
        name: target.name,
        bind: { host: target.host, port: target.port },
        bound(server) {
          const { address, port } = server.address() as AddressInfo;
          return `ptcp:${port}:${address.includes(":") ? `[${address}]` : address}`;
        },
        accept(raw) {
          const { remoteAddress, remotePort, localAddress, localPort } = raw;
          // The peer has reset the connection before it was accepted.
          if (remoteAddress === undefined || remotePort === undefined) return null;
          const local = inetName("tcp", localAddress ?? "", localPort ?? 0);
          return SocketStream.accept(
            raw,
            { kind: "tcp", name: inetName("tcp", remoteAddress, remotePort), local, needsProbes: true, state: "open" },
            options,
          );
        },
      },
      options,
    );
  },
};
