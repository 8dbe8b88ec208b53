import { MacTable } from "../bytes/mod.js";
import { type App, type Datapath, ethernetOf } from "../controller/mod.js";
import {
  type ApplyActions,
  apply,
  FlowMod,
  FlowModCommand,
  Match,
  NO_BUFFER,
  Output,
  PacketOut,
  PortNo,
  SetConfig,
  shape,
} from "../ofp/mod.js";
import { isMulticast } from "../packet/mod.js";

const IDLE_SECONDS = 60;
const MAX_HOSTS = 65_536;

// One constructor per place of use, made once, for the fields that are given there: see FlowMod.maker().
const flowMod = FlowMod.maker("match", "idleTimeout", "bufferId", "instructions");
const packetOut = PacketOut.maker("bufferId", "inPort", "actions", "data");
const toAll = [apply(Output.of({ port: PortNo.Flood }))] as const;
const toNobody = [apply()] as const;
const matchPair = shape("inPort", "ethSrc", "ethDst");

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

/** Has a switch send what no flow matches, whole. OpenFlow 1.0 switches do so unasked; later ones want a flow of the lowest priority. */
function sendMisses(dp: Datapath): void {
  dp.send(SetConfig.of({ missSendLen: 0xffff }));
  if (dp.version > 1) dp.send(FlowMod.of({ priority: 0, instructions: [apply(Output.of({ port: PortNo.Controller }))] }));
}

/** Makes each switch learn which port leads to which address, and installs a flow for each pair of hosts that talk. */
export const l2Learning: App = (controller) =>
  controller.on("up", (dp) => {
    const hosts = new MacTable(MAX_HOSTS);
    sendMisses(dp);
    dp.on("packet-in", (packetIn) => {
      const eth = ethernetOf(packetIn);
      if (eth === undefined || isLinkLocal(eth.dst)) return;
      const { inPort, bufferId } = packetIn;

      const before = hosts.get(eth.src);
      if (before !== inPort && !isMulticast(eth.src)) {
        hosts.set(eth.src, inPort);
        // it has moved: flows towards its old port would go on swallowing its packets
        if (before !== undefined) dp.send(FlowMod.of({ command: FlowModCommand.Delete, match: Match.of({ ethDst: eth.src }) }));
      }

      const port = hosts.get(eth.dst);
      const instructions = port === undefined ? toAll : port === inPort ? toNobody : towards(port);
      if (port !== undefined) {
        dp.send(
          flowMod({
            match: matchPair(inPort, eth.src, eth.dst),
            idleTimeout: IDLE_SECONDS,
            bufferId,
            instructions,
          }),
        );
        if (bufferId !== NO_BUFFER) return;
      }
      const { actions } = instructions[0];
      dp.send(packetOut({ bufferId, inPort, actions, ...(bufferId === NO_BUFFER ? { data: packetIn.data } : {}) }));
    });
    dp.on("port-status", ({ port }) => hosts.deleteValue(port.portNo));
  });
