import type { Run } from "./settings.js";

/** A command that is there. */
interface Command {
  /** Its arguments in the help. */
  readonly usage: string;
  readonly summary: string;
  /** How many arguments it takes, where `ovs-ofctl` counts otherwise than the help has it. */
  readonly min?: number;
  readonly max?: number;
  readonly load: () => Promise<Run>;
}

/** How many arguments a command takes: those in brackets may be left out, and `...` stands for any number more. */
export function argumentsOf({ usage, min, max }: Command): readonly [min: number, max: number] {
  const all = usage.split(" ").filter((word) => word !== "");
  const needed = all.filter((word) => !/[[\].]/.test(word)).length;
  return [min ?? needed, max ?? (usage.includes("...") ? Number.POSITIVE_INFINITY : all.length)];
}

/** The commands that are there. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  show: {
    usage: "SWITCH",
    summary: "print what a switch is, its ports and its configuration",
    load: async () => (await import("./dumps.js")).show,
  },
  "dump-desc": {
    usage: "SWITCH",
    summary: "print what a switch says of itself",
    load: async () => (await import("./dumps.js")).dumpDesc,
  },
  "dump-tables": {
    usage: "SWITCH",
    summary: "print the counters of the tables",
    load: async () => (await import("./dumps.js")).dumpTables,
  },
  "dump-table-desc": {
    usage: "SWITCH",
    summary: "print how the tables are configured",
    load: async () => (await import("./dumps.js")).dumpTableDesc,
  },
  "dump-flows": {
    usage: "SWITCH [FLOW]",
    summary: "print the flows, or those that match",
    load: async () => (await import("./flows.js")).dumpFlows,
  },
  "dump-aggregate": {
    usage: "SWITCH [FLOW]",
    summary: "print the sums over the flows",
    load: async () => (await import("./flows.js")).dumpAggregate,
  },
  "dump-ports": {
    usage: "SWITCH [PORT]",
    summary: "print the counters of the ports",
    load: async () => (await import("./dumps.js")).dumpPorts,
  },
  "dump-ports-desc": {
    usage: "SWITCH [PORT]",
    summary: "print the ports",
    load: async () => (await import("./dumps.js")).dumpPortsDesc,
  },
  "queue-stats": {
    usage: "SWITCH [PORT [QUEUE]]",
    summary: "print the counters of the queues",
    load: async () => (await import("./dumps.js")).queueStats,
  },
  "queue-get-config": {
    usage: "SWITCH [PORT [QUEUE]]",
    summary: "print the queues",
    load: async () => (await import("./dumps.js")).queueGetConfig,
  },
  "dump-groups": {
    usage: "SWITCH [GROUP]",
    summary: "print the groups",
    load: async () => (await import("./dumps.js")).dumpGroups,
  },
  "dump-group-features": {
    usage: "SWITCH",
    summary: "print what groups a switch can have",
    load: async () => (await import("./dumps.js")).dumpGroupFeatures,
  },
  "add-flow": {
    usage: "SWITCH FLOW",
    summary: "add a flow",
    load: async () => (await import("./flows.js")).addFlow,
  },
  "add-flows": {
    usage: "SWITCH FILE",
    summary: "add the flows of a file, or do what each line says",
    load: async () => (await import("./flows.js")).addFlows,
  },
  "mod-flows": {
    usage: "SWITCH FLOW",
    summary: "change the actions of flows",
    load: async () => (await import("./flows.js")).modFlows,
  },
  "del-flows": {
    usage: "SWITCH [FLOW]",
    summary: "delete all flows, or those that match",
    load: async () => (await import("./flows.js")).delFlows,
  },
  "replace-flows": {
    usage: "SWITCH FILE",
    summary: "make the flows those of a file",
    load: async () => (await import("./flows.js")).replaceFlowsOf,
  },
  "diff-flows": {
    usage: "SOURCE1 SOURCE2",
    summary: "print in what the flows of two files or switches differ",
    load: async () => (await import("./flows.js")).diffFlowsOf,
  },
  "mod-port": {
    usage: "SWITCH PORT ACTION",
    summary: "change how a port behaves",
    load: async () => (await import("./dumps.js")).modPort,
  },
  "get-frags": {
    usage: "SWITCH",
    summary: "print what a switch does with fragments",
    load: async () => (await import("./dumps.js")).getFrags,
  },
  "set-frags": {
    usage: "SWITCH MODE",
    summary: "set what a switch does with fragments: normal, drop, reassemble or nx-match",
    load: async () => (await import("./dumps.js")).setFrags,
  },
  "add-group": {
    usage: "SWITCH GROUP",
    summary: "add a group",
    min: 1,
    load: async () => (await import("./changes.js")).addGroup,
  },
  "add-groups": {
    usage: "SWITCH FILE",
    summary: "add the groups of a file, or do what each line says",
    min: 1,
    load: async () => (await import("./changes.js")).addGroups,
  },
  "mod-group": {
    usage: "SWITCH GROUP",
    summary: "change a group, or with --may-create add it",
    min: 1,
    load: async () => (await import("./changes.js")).modGroup,
  },
  "del-groups": {
    usage: "SWITCH [GROUP]",
    summary: "delete a group, or all",
    load: async () => (await import("./changes.js")).delGroups,
  },
  "insert-buckets": {
    usage: "SWITCH GROUP",
    summary: "put buckets into a group",
    min: 1,
    load: async () => (await import("./changes.js")).insertBuckets,
  },
  "remove-buckets": {
    usage: "SWITCH GROUP",
    summary: "take buckets out of a group",
    min: 1,
    load: async () => (await import("./changes.js")).removeBuckets,
  },
  "dump-group-stats": {
    usage: "SWITCH [GROUP]",
    summary: "print the counters of the groups",
    load: async () => (await import("./changes.js")).dumpGroupStats,
  },
  "add-meter": {
    usage: "SWITCH METER",
    summary: "add a meter",
    load: async () => (await import("./changes.js")).addMeter,
  },
  "mod-meter": {
    usage: "SWITCH METER",
    summary: "change a meter",
    load: async () => (await import("./changes.js")).modMeter,
  },
  "del-meter": {
    usage: "SWITCH METER",
    summary: "delete a meter",
    min: 1,
    load: async () => (await import("./changes.js")).delMeters,
  },
  "del-meters": {
    usage: "SWITCH",
    summary: "delete all meters",
    max: 2,
    load: async () => (await import("./changes.js")).delMeters,
  },
  "dump-meter": {
    usage: "SWITCH METER",
    summary: "print a meter",
    min: 1,
    load: async () => (await import("./changes.js")).dumpMeters,
  },
  "dump-meters": {
    usage: "SWITCH",
    summary: "print the meters",
    max: 2,
    load: async () => (await import("./changes.js")).dumpMeters,
  },
  "meter-stats": {
    usage: "SWITCH [METER]",
    summary: "print the counters of the meters",
    load: async () => (await import("./changes.js")).meterStats,
  },
  "meter-features": {
    usage: "SWITCH",
    summary: "print what meters a switch can have",
    load: async () => (await import("./changes.js")).meterFeatures,
  },
  "packet-out": {
    usage: "SWITCH PACKET-OUT",
    summary: "have a switch send a packet; also IN_PORT ACTIONS PACKET...",
    max: Number.POSITIVE_INFINITY,
    load: async () => (await import("./changes.js")).packetOut,
  },
  bundle: {
    usage: "SWITCH FILE",
    summary: "do all that the lines of a file say, or nothing",
    load: async () => (await import("./changes.js")).bundle,
  },
  "mod-table": {
    usage: "SWITCH TABLE SETTING",
    summary: "configure a table",
    load: async () => (await import("./changes.js")).modTable,
  },
  "add-tlv-map": {
    usage: "SWITCH MAP",
    summary: "map options of tunnels to fields",
    load: async () => (await import("./changes.js")).addTlvMap,
  },
  "del-tlv-map": {
    usage: "SWITCH [MAP]",
    summary: "take such maps away, or all",
    load: async () => (await import("./changes.js")).delTlvMap,
  },
  "dump-tlv-map": {
    usage: "SWITCH",
    summary: "print the maps of options of tunnels",
    load: async () => (await import("./dumps.js")).dumpTlvMap,
  },
  "ct-flush": {
    usage: "SWITCH [ZONE] [TUPLE [TUPLE]]",
    summary: "have a switch forget tracked connections",
    load: async () => (await import("./changes.js")).ctFlush,
  },
  "ct-flush-zone": {
    usage: "SWITCH ZONE",
    summary: "have a switch forget the tracked connections of a zone",
    load: async () => (await import("./changes.js")).ctFlushZone,
  },
  "dump-ipfix-bridge": {
    usage: "SWITCH",
    summary: "print the counters of IPFIX of a bridge",
    load: async () => (await import("./dumps.js")).dumpIpfixBridge,
  },
  "dump-ipfix-flow": {
    usage: "SWITCH",
    summary: "print the counters of IPFIX of flows",
    load: async () => (await import("./dumps.js")).dumpIpfixFlow,
  },
  "ofp-print": {
    usage: "HEX [VERBOSITY]",
    summary: "print a message given in hexadecimal, or as a line of it on standard input",
    load: async () => (await import("./ofp-print.js")).ofpPrint,
  },
  "ofp-parse": {
    usage: "FILE",
    summary: "print the messages in a file, or on standard input",
    load: async () => (await import("./ofp-parse.js")).ofpParse,
  },
  "ofp-parse-pcap": {
    usage: "FILE [PORT...]",
    summary: "print the messages in a packet capture, pcap or pcapng",
    load: async () => (await import("./ofp-parse-pcap.js")).ofpParsePcap,
  },
  probe: {
    usage: "TARGET",
    summary: "see whether a peer answers",
    load: async () => (await import("./echo.js")).probe,
  },
  ping: {
    usage: "TARGET [N]",
    summary: "send ten echo requests of N bytes and print how long each took",
    load: async () => (await import("./echo.js")).ping,
  },
  benchmark: {
    usage: "TARGET N COUNT",
    summary: "measure how fast COUNT echoes of N bytes are",
    load: async () => (await import("./echo.js")).benchmark,
  },
  snoop: {
    usage: "SWITCH",
    summary: "print what a switch and its controllers say to each other",
    load: async () => (await import("./snoop.js")).snoop,
  },
  "parse-ofp10-match": {
    usage: "",
    summary: "print matches of OpenFlow 1.0, a line of hexadecimal each on standard input",
    load: async () => (await import("./parse-ofp10-match.js")).parseOfp10Match,
  },
  "parse-ofp11-match": {
    usage: "",
    summary: "print matches of OpenFlow 1.1, a line of hexadecimal each on standard input",
    load: async () => (await import("./parse-ofp11-match.js")).parseOfp11Match,
  },
  "parse-nx-match": {
    usage: "",
    summary: "print Nicira's lists of fields, one on each line of standard input, as they are written again",
    load: async () => (await import("./parse-nx-match.js")).parseNxm,
  },
  "parse-nxm": {
    usage: "",
    summary: "the same as parse-nx-match",
    load: async () => (await import("./parse-nx-match.js")).parseNxm,
  },
  "parse-oxm": {
    usage: "VERSION",
    summary: "print lists of fields of OpenFlow 1.2 and later, one on each line of standard input, as they are written again",
    load: async () => (await import("./parse-nx-match.js")).parseOxm,
  },
  "parse-key-value": {
    usage: "TEXT...",
    summary: "print the keys and values of texts",
    load: async () => (await import("./parse-key-value.js")).parseKeyValue,
  },
  "parse-actions": {
    usage: "VERSION",
    summary: "print actions, a line of hexadecimal each on standard input",
    load: async () => (await import("./parse-actions.js")).parseActions,
  },
  "parse-instructions": {
    usage: "VERSION",
    summary: "print instructions, a line of hexadecimal each on standard input",
    load: async () => (await import("./parse-actions.js")).parseInstructions,
  },
  "parse-flow": {
    usage: "FLOW",
    summary: "print a flow as add-flow would send it, and the protocols that can have it",
    load: async () => (await import("./parse-flow.js")).parseFlow,
  },
  "parse-flows": {
    usage: "FILE",
    summary: "print the flows of a file, or of standard input, as add-flows would send them",
    load: async () => (await import("./parse-flow.js")).parseFlows,
  },
  "check-vlan": {
    usage: "TCI MASK",
    summary: "print a match on a VLAN tag, in hexadecimal, in each form that matches have, and what each is read as",
    load: async () => (await import("./check-vlan.js")).checkVlan,
  },
  "parse-pcap": {
    usage: "FILE...",
    summary: "print the flows of the packets in captures, pcap or pcapng",
    load: async () => (await import("./parse-pcap.js")).parsePcap,
  },
  "parse-packet": {
    usage: "",
    summary: "print the flow of an Ethernet packet given as its bytes on standard input",
    load: async () => (await import("./packets.js")).showPacket,
  },
  "compose-packet": {
    usage: "FLOW [L7]",
    summary: "print, or with --pcap write, a packet that has the fields of a flow, with a payload given in hexadecimal",
    load: async () => (await import("./packets.js")).composePacket,
  },
  "parse-group": {
    usage: "GROUP",
    summary: "print a group as add-group would send it, and the protocols that can have it",
    load: async () => (await import("./parse-group.js")).parseGroup,
  },
  "print-error": {
    usage: "ERROR",
    summary: "print the numbers of an error in each version",
    load: async () => (await import("./errors.js")).printError,
  },
  "encode-error-reply": {
    usage: "ERROR REQUEST",
    summary: "print the error message that answers a request given in hexadecimal",
    load: async () => (await import("./errors.js")).encodeErrorReply,
  },
  "encode-hello": {
    usage: "BITMAP",
    summary: "print the hello that offers the versions of a bitmap",
    load: async () => (await import("./encode-hello.js")).encodeHello,
  },
};

/** What ovs-ofctl has beside these. */
export const NOT_YET: ReadonlySet<string> = new Set(`monitor dump-table-features help list-commands`.split(/\s+/));
