import { lookup } from "node:dns";
import { isIP, type LookupFunction, type Server, type Socket } from "node:net";
import { errnoError, SouthboundError } from "../errors/mod.js";
import { native } from "../native/mod.js";

/** The part of Node's socket handles that is used here. It is not documented: where it looks different, connections are marked as soon as they are made. */
interface Handle {
  readonly fd?: number;
  bind?(address: string, port: number): number;
  bind6?(address: string, port: number, flags: number): number;
}

const handleOf = (of: Socket | Server): Handle | null | undefined => (of as unknown as { readonly _handle?: Handle | null })._handle;

/** @throws SouthboundError `ERR_USAGE` for what is no code point, `ERR_NATIVE` where sockets cannot be marked, since the addon is not there */
export function checkDscp(dscp: number | undefined): void {
  if (dscp === undefined) return;
  if (!Number.isInteger(dscp) || dscp < 0 || dscp > 63) throw new SouthboundError("ERR_USAGE", `dscp is ${dscp}; accepted are 0 to 63`);
  native("the option dscp");
}

/** Gives the packets of a socket a code point. @param name - what it is connected to or listens at @returns whether it has a descriptor yet @throws SouthboundError with the errno of the system */
export function mark(socket: Socket | Server, dscp: number, name: string): boolean {
  const fd = handleOf(socket)?.fd ?? -1;
  if (fd < 0) return false;
  const failed = native("the option dscp").socketDscp(fd, dscp);
  if (failed < 0) throw errnoError("EINVAL", `${name}: the system does not take dscp ${dscp} (errno ${-failed})`);
  return true;
}

/** What has a socket that connects to `host` marked before its first packet leaves; spread it into the options of connecting. */
export function markedLookup(host: string): {
  readonly autoSelectFamily: false;
  readonly lookup: LookupFunction;
  beforeConnect(socket: Socket, mark: () => void): void;
} {
  let found: (family: number) => void = () => {};
  return {
    // one address is connected to, whose family is known here
    autoSelectFamily: false,
    lookup: (name, options, callback) =>
      lookup(name, { ...options, all: false }, (e, address, family) => {
        if (e === null) found(family);
        callback(e, address, family);
      }),
    beforeConnect(socket, then) {
      const bound = (family: number): void => {
        // A socket of Node has no descriptor before it is bound or connected.
        const handle = handleOf(socket);
        if (family === 6) handle?.bind6?.("::", 0, 0);
        else handle?.bind?.("0.0.0.0", 0);
        try {
          then();
        } catch (e) {
          socket.destroy(e as Error);
        }
      };
      found = bound;
      const family = isIP(host.split("%")[0]!);
      if (family !== 0) bound(family);
    },
  };
}
