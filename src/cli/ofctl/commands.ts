import type { Run } from "./settings.js";

/** A command that is there. */
interface Command {
  /** Its arguments in the help. */
  readonly usage: string;
  readonly summary: string;
  /** How many arguments it takes. */
  readonly min: number;
  readonly max: number;
  readonly load: () => Promise<Run>;
}

/** The commands that are there. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "ofp-print": {
    usage: "HEX [VERBOSITY]",
    summary: "print a message given in hexadecimal, or as a line of it on standard input",
    min: 1,
    max: 2,
    load: async () => (await import("./ofp-print.js")).ofpPrint,
  },
  "ofp-parse": {
    usage: "FILE",
    summary: "print the messages in a file, or on standard input",
    min: 1,
    max: 1,
    load: async () => (await import("./ofp-parse.js")).ofpParse,
  },
  "ofp-parse-pcap": {
    usage: "FILE [PORT...]",
    summary: "print the messages in a packet capture, pcap or pcapng",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    load: async () => (await import("./ofp-parse-pcap.js")).ofpParsePcap,
  },
  probe: {
    usage: "TARGET",
    summary: "see whether a peer answers",
    min: 1,
    max: 1,
    load: async () => (await import("./echo.js")).probe,
  },
  ping: {
    usage: "TARGET [N]",
    summary: "send ten echo requests of N bytes and print how long each took",
    min: 1,
    max: 2,
    load: async () => (await import("./echo.js")).ping,
  },
  benchmark: {
    usage: "TARGET N COUNT",
    summary: "measure how fast COUNT echoes of N bytes are",
    min: 3,
    max: 3,
    load: async () => (await import("./echo.js")).benchmark,
  },
  snoop: {
    usage: "SWITCH",
    summary: "print what a switch and its controllers say to each other",
    min: 1,
    max: 1,
    load: async () => (await import("./snoop.js")).snoop,
  },
  "parse-ofp10-match": {
    usage: "",
    summary: "print matches of OpenFlow 1.0, a line of hexadecimal each on standard input",
    min: 0,
    max: 0,
    load: async () => (await import("./parse-ofp10-match.js")).parseOfp10Match,
  },
  "parse-ofp11-match": {
    usage: "",
    summary: "print matches of OpenFlow 1.1, a line of hexadecimal each on standard input",
    min: 0,
    max: 0,
    load: async () => (await import("./parse-ofp11-match.js")).parseOfp11Match,
  },
  "parse-nx-match": {
    usage: "",
    summary: "print Nicira's lists of fields, one on each line of standard input, as they are written again",
    min: 0,
    max: 0,
    load: async () => (await import("./parse-nx-match.js")).parseNxm,
  },
  "parse-nxm": {
    usage: "",
    summary: "the same as parse-nx-match",
    min: 0,
    max: 0,
    load: async () => (await import("./parse-nx-match.js")).parseNxm,
  },
  "parse-oxm": {
    usage: "VERSION",
    summary: "print lists of fields of OpenFlow 1.2 and later, one on each line of standard input, as they are written again",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-nx-match.js")).parseOxm,
  },
  "parse-key-value": {
    usage: "TEXT...",
    summary: "print the keys and values of texts",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    load: async () => (await import("./parse-key-value.js")).parseKeyValue,
  },
  "parse-actions": {
    usage: "VERSION",
    summary: "print actions, a line of hexadecimal each on standard input",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-actions.js")).parseActions,
  },
  "parse-instructions": {
    usage: "VERSION",
    summary: "print instructions, a line of hexadecimal each on standard input",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-actions.js")).parseInstructions,
  },
  "parse-flow": {
    usage: "FLOW",
    summary: "print a flow as add-flow would send it, and the protocols that can have it",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-flow.js")).parseFlow,
  },
  "parse-flows": {
    usage: "FILE",
    summary: "print the flows of a file, or of standard input, as add-flows would send them",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-flow.js")).parseFlows,
  },
  "check-vlan": {
    usage: "TCI MASK",
    summary: "print a match on a VLAN tag, in hexadecimal, in each form that matches have, and what each is read as",
    min: 2,
    max: 2,
    load: async () => (await import("./check-vlan.js")).checkVlan,
  },
  "parse-pcap": {
    usage: "FILE...",
    summary: "print the flows of the packets in captures, pcap or pcapng",
    min: 1,
    max: Number.POSITIVE_INFINITY,
    load: async () => (await import("./parse-pcap.js")).parsePcap,
  },
  "parse-packet": {
    usage: "",
    summary: "print the flow of an Ethernet packet given as its bytes on standard input",
    min: 0,
    max: 0,
    load: async () => (await import("./packets.js")).showPacket,
  },
  "compose-packet": {
    usage: "FLOW [L7]",
    summary: "print, or with --pcap write, a packet that has the fields of a flow, with a payload given in hexadecimal",
    min: 1,
    max: 2,
    load: async () => (await import("./packets.js")).composePacket,
  },
  "parse-group": {
    usage: "GROUP",
    summary: "print a group as add-group would send it, and the protocols that can have it",
    min: 1,
    max: 1,
    load: async () => (await import("./parse-group.js")).parseGroup,
  },
  "print-error": {
    usage: "ERROR",
    summary: "print the numbers of an error in each version",
    min: 1,
    max: 1,
    load: async () => (await import("./errors.js")).printError,
  },
  "encode-error-reply": {
    usage: "ERROR REQUEST",
    summary: "print the error message that answers a request given in hexadecimal",
    min: 2,
    max: 2,
    load: async () => (await import("./errors.js")).encodeErrorReply,
  },
  "encode-hello": {
    usage: "BITMAP",
    summary: "print the hello that offers the versions of a bitmap",
    min: 1,
    max: 1,
    load: async () => (await import("./encode-hello.js")).encodeHello,
  },
};

/** What ovs-ofctl has beside these. */
export const NOT_YET: ReadonlySet<string> = new Set(
  `show monitor dump-desc dump-tables dump-table-features dump-table-desc dump-flows dump-aggregate queue-stats queue-get-config
  add-flow add-flows mod-flows del-flows replace-flows diff-flows add-meter mod-meter del-meter del-meters dump-meter dump-meters meter-stats
  meter-features packet-out dump-ports dump-ports-desc mod-port mod-table get-frags set-frags dump-ipfix-bridge
  dump-ipfix-flow ct-flush-zone ct-flush add-group add-groups mod-group del-groups insert-buckets remove-buckets dump-groups
  dump-group-stats dump-group-features bundle add-tlv-map del-tlv-map dump-tlv-map help list-commands`.split(/\s+/),
);
