import { type Listener, listen } from "../../stream/mod.js";
import type { Log, Rconn } from "../../vconn/mod.js";

/**
 * Listens for those who want to see what a switch and its controller say to each other, such as `ovs-ofctl snoop`. Each is shown the connection that is up, the first of several; while
 * none is, the first, whose messages it is shown once there are any. Where the switch has no controller it is turned away.
 * @throws SouthboundError, as a rejection, as `listen` does
 */
export function listenForSnoops(target: string, connections: readonly Rconn[], log: Log): Promise<Listener> {
  return listen(target, {
    onStream: (stream) => {
      const shown = connections.find((rconn) => rconn.isConnected) ?? connections[0];
      if (shown === undefined) {
        log("warn", `${stream.name}: no controller connection to snoop`);
        stream.destroy();
      } else if (!shown.addMonitor(stream)) log("warn", `${stream.name}: too many look on already`);
    },
    onError: (error) => log("error", error.message),
  });
}
