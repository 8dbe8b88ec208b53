import type { AddressInfo } from "node:net";
import type { Listener, ListenOptions } from "./listener.js";
import { listenSocket } from "./socket-listener.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { InetTarget } from "./target.js";
import { TlsAcceptor } from "./tls-acceptor.js";
import { TlsStream } from "./tls-stream.js";

/** `ssl:`, also written `tls:`, and `pssl:`. The identity of this end, and the certificates that it trusts, stand in the option `tls`, or in the process's default. */
export const tls = {
  name: "ssl",
  alias: "tls",
  passive: "pssl",
  syntax: "inet" as const,
  help: {
    active: ["HOST[:PORT]", "SSL PORT (default: 6653) at remote HOST"],
    passive: ["[PORT][:IP]", "listen for SSL on PORT (default: 6653) on IP"],
  },

  connect(target: InetTarget, options: ConnectOptions): Stream {
    return TlsStream.connectTo(target, options);
  },

  async listen(target: InetTarget, options: ListenOptions): Promise<Listener> {
    const acceptor = new TlsAcceptor(options);
    acceptor.check(target.name);
    return await listenSocket(
      {
        name: target.name,
        bind: { host: target.host, port: target.port },
        bound(server) {
          const { address, port } = server.address() as AddressInfo;
          return `pssl:${port}:${address.includes(":") ? `[${address}]` : address}`;
        },
        accept: (raw) => acceptor.accept(raw),
        release: () => acceptor.close(),
      },
      options,
    );
  },
};
