import { type AppScope, configurable, type Datapath, ethernetOf } from "../controller/mod.js";
import {
  type ApplyActions,
  apply,
  FlowMod,
  Match,
  NO_BUFFER,
  Output,
  type PacketIn,
  PacketOut,
  PortConfig,
  PortNo,
  PortReason,
  PortState,
} from "../ofp/mod.js";
import { isMulticast } from "../packet/mod.js";
import { HostTable } from "./host-table.js";
import { LearntFlows, PAIR_COOKIE } from "./learnt-flows.js";

const IDLE_SECONDS = 60;
const MAX_HOSTS = 65_536;
/** Removed ports that are kept in mind. */
const MAX_REMOVED = 1024;

// One constructor per place of use, made once, for the fields that are given there: see FlowMod.maker().
const flowMod = FlowMod.maker("match", "cookie", "idleTimeout", "bufferId", "instructions");
const packetOut = PacketOut.maker("bufferId", "inPort", "actions", "data");
const toAll = [apply(Output.of({ port: PortNo.Flood }))] as const;
const toNobody = [apply()] as const;
const matchPair = Match.maker("inPort", "ethSrc", "ethDst");

/** Ports below this have their instructions kept. */
const MAX_PORTS = 4096;
const known = new Array<readonly [ApplyActions] | undefined>(MAX_PORTS);

/** What sends packets to a port. Messages share it, since sending keeps and changes nothing. */
function towards(port: number): readonly [ApplyActions] {
  const found = port < MAX_PORTS ? known[port] : undefined;
  if (found !== undefined) return found;
  const made = [apply(Output.of({ port }))] as const;
  if (port < MAX_PORTS) known[port] = made;
  return made;
}

/** Addresses of protocols between neighbours, which a bridge does not forward. IEEE 802.1D §7.12.6 */
const isLinkLocal = (mac: number): boolean => Math.floor(mac / 16) === 0x0180c200000;

/** What is learnt of one switch, and the flows that follow from it. */
class LearningSwitch {
  readonly #dp: Datapath;
  /** Seconds until a flow that is not used ends. */
  readonly #idle: number;
  readonly #hosts: HostTable;
  readonly #flows: LearntFlows;
  /** Ports that were removed, the oldest first. */
  readonly #removed = new Set<number>();

  constructor(dp: Datapath, maxHosts: number, idle: number) {
    this.#dp = dp;
    this.#idle = idle;
    this.#hosts = new HostTable(maxHosts);
    this.#flows = new LearntFlows(dp, () => this.#hosts.clear());
    dp.on("packet-in", (packetIn) => this.#packetIn(packetIn));
    dp.on("port-status", ({ port, reason }) => {
      this.#note(port.portNo, reason === PortReason.Delete);
      // whatever became of it: who is still there is learnt again from the next packet
      if (this.#hosts.forgetPort(port.portNo)) this.#flows.dropPort(port.portNo);
    });
  }

  begin(): Promise<void> {
    return this.#flows.begin();
  }

  end(): void {
    this.#flows.end();
  }

  #packetIn(packetIn: PacketIn): void {
    const eth = ethernetOf(packetIn);
    if (eth === undefined || isLinkLocal(eth.dst)) return;
    const { inPort, bufferId } = packetIn;
    const before = this.#hosts.portOf(eth.src);
    const settled = before === inPort || this.#learn(eth.src, inPort, before);
    const port = this.#hosts.portOf(eth.dst);
    const instructions = port === undefined ? toAll : port === inPort ? toNobody : towards(port);
    if (port !== undefined && settled && this.#flows.wanted) {
      this.#dp.send(
        flowMod({
          match: matchPair({ inPort, ethSrc: eth.src, ethDst: eth.dst }),
          cookie: PAIR_COOKIE,
          idleTimeout: this.#idle,
          bufferId,
          instructions,
        }),
      );
      if (bufferId !== NO_BUFFER) return;
    }
    const { actions } = instructions[0];
    this.#dp.send(packetOut({ bufferId, inPort, actions, ...(bufferId === NO_BUFFER ? { data: packetIn.data } : {}) }));
  }

  /** Keeps in mind which ports were removed: the latest of them, since a port that was never announced may well have hosts. */
  #note(port: number, removed: boolean): void {
    const all = this.#removed;
    all.delete(port);
    if (!removed) return;
    if (all.size >= MAX_REMOVED) for (const oldest of all) if (all.delete(oldest)) break;
    all.add(port);
  }

  /** Takes note that a host is at another port than was known, if at any. @returns whether flows may rely on it */
  #learn(mac: number, port: number, before: number | undefined): boolean {
    if (isMulticast(mac)) return true;
    const { ports } = this.#dp;
    const at = ports.get(port);
    // a packet from before the port went down or was removed, which came behind the news of it
    if (at === undefined && this.#removed.has(port)) return false;
    if (at !== undefined && ((at.state & PortState.LinkDown) !== 0 || (at.config & PortConfig.PortDown) !== 0)) return false;
    const hosts = this.#hosts;
    if (before !== undefined) this.#flows.dropHost(mac);
    while (!hosts.learn(mac, port)) {
      const victim = hosts.victim();
      if (victim === undefined) return false;
      if (hosts.portOf(victim) !== undefined) this.#flows.dropHost(victim);
      hosts.delete(victim);
    }
    return true;
  }
}

/** Makes each switch learn which port leads to which address, and installs a flow for each pair of hosts that talk. */
export const l2Learning = configurable(
  {
    idle: { type: "number", default: IDLE_SECONDS, min: 1, max: 65_535, help: "seconds until a flow that is not used ends" },
    maxHosts: { type: "number", default: MAX_HOSTS, min: 1, max: 10_000_000, help: "addresses that are learnt of each switch at most" },
  },
  function l2Learning(controller, { idle, maxHosts }) {
    return learn(controller, maxHosts, idle);
  },
);

/** The same with so many addresses for each switch at most, and flows that end after so many seconds without a packet. */
export function learn(controller: AppScope, maxHosts: number, idle = IDLE_SECONDS): () => void {
  const switches = new Set<LearningSwitch>();
  controller.on("up", (dp) => {
    const learning = new LearningSwitch(dp, maxHosts, idle);
    switches.add(learning);
    void dp.closed.then(() => {
      learning.end();
      switches.delete(learning);
    });
    return learning.begin();
  });
  return () => {
    for (const learning of switches) learning.end();
  };
}
