import { Host, link, Switch } from "../../../switch/mod.js";
import type { Log } from "../../../vconn/mod.js";
import type { DemoHost } from "./summary.js";

const HOSTS_EACH = 2;
/** The wire number of OpenFlow 1.3. */
const OPENFLOW_13 = 4;

/** Embedded switches in a row, each linked to the next, with hosts. */
export interface Network {
  readonly hosts: readonly Host[];
  /** Where each host is. */
  readonly places: readonly DemoHost[];
  /** Ends the switches' connections. */
  close(): Promise<void>;
}

/**
 * Makes the network and has its switches connect to a controller.
 * @param target - the controller's name, such as `tcp:127.0.0.1:6653`
 * @param row - the switches' names by datapath id, in their order
 */
export function startNetwork(target: string, row: ReadonlyMap<bigint, string>, log: Log): Network {
  const switches: Switch[] = [];
  const hosts: Host[] = [];
  const places: DemoHost[] = [];
  for (const [datapathId, name] of row) {
    // The controller's line tells of each connection already.
    const quieter: Log = (level, text) => log(level === "info" ? "debug" : level, `${name}: ${text}`);
    const s = new Switch({ datapathId, versions: [OPENFLOW_13], description: { datapath: name }, maxBackoff: 1000, log: quieter });
    for (let i = 0; i < HOSTS_EACH; i++) {
      const n = hosts.length + 1;
      const host = new Host({ name: `h${n}`, mac: 0x0200_0000_0000 + n, ip: 0x0a00_0000 + n });
      const port = s.addPort({ name: `${name}-${host.name}` });
      link(port, host.port);
      hosts.push(host);
      places.push({ name: host.name, mac: host.mac, ip: host.ip, dpid: datapathId, port: port.portNo });
    }
    const before = switches.at(-1);
    if (before !== undefined) link(before.addPort(), s.addPort());
    switches.push(s);
  }
  for (const s of switches) s.connect(target);
  return {
    hosts,
    places,
    close: async () => {
      await Promise.all(switches.map((s) => s.close()));
    },
  };
}
