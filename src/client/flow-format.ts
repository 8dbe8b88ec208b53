import { SouthboundError } from "../errors/mod.js";
import { FlowFormat, FlowModTableId, type Message, SetFlowFormat } from "../ofp/mod.js";
import { firstProtocol, Protocol, protocolNames, protocolsOfVersion } from "../ofp/syntax/mod.js";
import type { Version } from "../schema/mod.js";
import { OpenFlowError, type Vconn } from "../vconn/mod.js";

const TABLES = Protocol.OpenFlow10Table | Protocol.NxmTable;
const NXM = Protocol.Nxm | Protocol.NxmTable;
const OLD = Protocol.OpenFlow10 | Protocol.OpenFlow10Table | NXM;

/** The protocols of dumps, the best first. Open vSwitch ofp-protocol.c (ofputil_flow_dump_protocols) */
const DUMP_PROTOCOLS: readonly number[] = [
  ...[Protocol.OpenFlow15, Protocol.OpenFlow14, Protocol.OpenFlow13, Protocol.OpenFlow12, Protocol.OpenFlow11],
  ...[Protocol.Nxm, Protocol.OpenFlow10],
];

/** The protocol in which a connection of a version begins. */
export const initialProtocol = (version: Version): number => firstProtocol(protocolsOfVersion(version));

/**
 * Checks that some protocol can have flows and is allowed.
 * @throws SouthboundError `ERR_UNSUPPORTED` in the words of `ovs-ofctl`
 */
export function checkProtocols(usable: number, allowed: number): void {
  if ((usable & allowed) !== 0) return;
  throw new SouthboundError(
    "ERR_UNSUPPORTED",
    `none of the usable flow formats (${protocolNames(usable)}) is among the allowed flow formats (${protocolNames(allowed)})`,
  );
}

/** The next request on the way from one protocol to another and the protocol behind it; undefined where there is none. */
function nextStep(current: number, want: number): readonly [request: Message, next: number] | undefined {
  if (current === want || (current & OLD) === 0 || (want & OLD) === 0) return undefined;
  const nxm = (want & NXM) !== 0;
  const table = (current & TABLES) !== 0;
  if (nxm !== ((current & NXM) !== 0)) {
    const next = nxm ? (table ? Protocol.NxmTable : Protocol.Nxm) : table ? Protocol.OpenFlow10Table : Protocol.OpenFlow10;
    return [SetFlowFormat.of({ flowFormat: nxm ? FlowFormat.Nxm : FlowFormat.OpenFlow10 }), next];
  }
  return [FlowModTableId.of({ enable: table ? 0 : 1 }), want];
}

/**
 * Has a switch use a protocol on a connection, by Nicira's requests of OpenFlow 1.0, each with a barrier behind it.
 * @param current - the protocol that the connection has, see {@link initialProtocol}
 * @returns the protocol that it has then: another one than wanted where the switch refuses it
 */
export async function setProtocol(vconn: Vconn, current: number, want: number): Promise<number> {
  let now = current;
  for (let step = nextStep(now, want); step !== undefined; step = nextStep(now, want)) {
    try {
      await vconn.transactNoReply(step[0]);
    } catch (e) {
      if (e instanceof OpenFlowError) return now;
      throw e;
    }
    now = step[1];
  }
  return now;
}

async function firstAccepted(vconn: Vconn, protocols: readonly number[], usable: number): Promise<number> {
  let current = initialProtocol(vconn.version as Version);
  for (const protocol of protocols) {
    current = await setProtocol(vconn, current, protocol);
    if (current === protocol) return protocol;
  }
  throw new SouthboundError("ERR_UNSUPPORTED", `switch does not support any of the usable flow formats (${protocolNames(usable)})`);
}

/**
 * The protocol in which flows are to be changed on a new connection: the one that it begins with where that will do, else the first that the switch takes. Open vSwitch ovs-ofctl.c
 * (open_vconn_for_flow_mod)
 * @param usable - the protocols that can have the flows: bits of `Protocol`
 * @param allowed - those that may be used
 * @throws SouthboundError `ERR_UNSUPPORTED`, and what the connection fails with
 */
export async function flowModProtocol(vconn: Vconn, usable: number, allowed: number): Promise<number> {
  checkProtocols(usable, allowed);
  const initial = initialProtocol(vconn.version as Version);
  if ((usable & allowed & initial) !== 0) return initial;
  const all = Object.values(Protocol).filter((bit) => (usable & allowed & bit) !== 0);
  return await firstAccepted(vconn, all, usable);
}

/**
 * The protocol in which flows are to be asked for on a new connection: the latest that the switch takes. Open vSwitch ovs-ofctl.c (set_protocol_for_flow_dump)
 * @param usable - the protocols that can have the request: bits of `Protocol`
 * @param allowed - those that may be used
 * @throws SouthboundError `ERR_UNSUPPORTED`, and what the connection fails with
 */
export async function dumpProtocol(vconn: Vconn, usable: number, allowed: number): Promise<number> {
  checkProtocols(usable, allowed);
  const all = DUMP_PROTOCOLS.filter((bit) => (usable & allowed & bit) !== 0);
  return await firstAccepted(vconn, all, usable);
}
