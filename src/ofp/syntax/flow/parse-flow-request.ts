import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { AggregateStatsRequest, FlowStatsRequest } from "../../flow/flow-stats.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { chooseProtocol, NXM, Protocol } from "../parse/protocols.js";
import { FlowText } from "./parse-flow.js";

/** How a request for flows is read. */
export interface FlowRequestSyntaxOptions extends SyntaxOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
}

/** What {@link FlowRequestSyntaxOptions} has, for its check. */
export const FLOW_REQUEST_SYNTAX_OPTIONS: OptionTable<FlowRequestSyntaxOptions> = { ...SYNTAX_OPTIONS, version: "number" };

/** The fields of a request. In OpenFlow 1.0 it is Nicira's where that can say it, as Open vSwitch prefers. */
function requestOf(text: string, o: FlowRequestSyntaxOptions) {
  const { version = 4 } = o;
  const flow = new FlowText(text, { ports: o.ports, tables: o.tables, command: "filter" });
  // a request has a table without any extension
  const { OpenFlow10, OpenFlow10Table, Nxm, NxmTable } = Protocol;
  let usable = flow.protocols;
  if ((usable & OpenFlow10Table) !== 0) usable |= OpenFlow10;
  if ((usable & NxmTable) !== 0) usable |= Nxm;
  chooseProtocol(usable, version);
  const nxm = version === 1 && (usable & NXM) !== 0;
  const { tableId, outPort, cookie, cookieMask } = flow;
  return {
    format: nxm ? ("nxt" as const) : ("" as const),
    tableId,
    outPort,
    ...(version === 1 ? {} : { outGroup: flow.outGroup }),
    cookie: nxm ? cookie & cookieMask : cookie,
    cookieMask,
    match: flow.match(nxm ? 0 : version),
  };
}

/**
 * The request for the flows that a text such as `table=1,tcp,out_port=2` selects, in the words of `ovs-ofctl dump-flows`; an empty text selects all.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseFlowStatsRequest = (text: string, o: FlowRequestSyntaxOptions = {}): FlowStatsRequest => {
  checkOptions("parseFlowStatsRequest", o, FLOW_REQUEST_SYNTAX_OPTIONS);
  return FlowStatsRequest.of(requestOf(text, o));
};

/**
 * The request for the sums over the flows that a text selects, in the words of `ovs-ofctl dump-aggregate`; an empty text selects all.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseAggregateRequest = (text: string, o: FlowRequestSyntaxOptions = {}): AggregateStatsRequest => {
  checkOptions("parseAggregateRequest", o, FLOW_REQUEST_SYNTAX_OPTIONS);
  return AggregateStatsRequest.of(requestOf(text, o));
};
