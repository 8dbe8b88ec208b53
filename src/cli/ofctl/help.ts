import { runDirectory, targetUsage } from "../../stream/mod.js";
import { logDirectory } from "../program.js";
import type { Command } from "./command.js";
import { NAME } from "./fatal.js";
import { type Run, write } from "./settings.js";

type Commands = Readonly<Record<string, Command>>;

/** The commands in the help of ovs-ofctl 3.1, to the letter. */
const COMMAND_LINES = `
For OpenFlow switches:
  show SWITCH                 show OpenFlow information
  dump-desc SWITCH            print switch description
  dump-tables SWITCH          print table stats
  dump-table-features SWITCH  print table features
  dump-table-desc SWITCH      print table description (OF1.4+)
  mod-port SWITCH IFACE ACT   modify port behavior
  mod-table SWITCH MOD        modify flow table behavior
      OF1.1/1.2 MOD: controller, continue, drop
      OF1.4+ MOD: evict, noevict, vacancy:low,high, novacancy
  get-frags SWITCH            print fragment handling behavior
  set-frags SWITCH FRAG_MODE  set fragment handling behavior
      FRAG_MODE: normal, drop, reassemble, nx-match
  dump-ports SWITCH [PORT]    print port statistics
  dump-ports-desc SWITCH [PORT]  print port descriptions
  dump-flows SWITCH           print all flow entries
  dump-flows SWITCH FLOW      print matching FLOWs
  dump-aggregate SWITCH       print aggregate flow statistics
  dump-aggregate SWITCH FLOW  print aggregate stats for FLOWs
  queue-stats SWITCH [PORT [QUEUE]]  dump queue stats
  add-flow SWITCH FLOW        add flow described by FLOW
  add-flows SWITCH FILE       add flows from FILE
  mod-flows SWITCH FLOW       modify actions of matching FLOWs
  del-flows SWITCH [FLOW]     delete matching FLOWs
  replace-flows SWITCH FILE   replace flows with those in FILE
  diff-flows SOURCE1 SOURCE2  compare flows from two sources
  packet-out SWITCH IN_PORT ACTIONS PACKET...
                              execute ACTIONS on PACKET
  monitor SWITCH [MISSLEN] [invalid_ttl] [watch:[...]]
                              print packets received from SWITCH
  snoop SWITCH                snoop on SWITCH and its controller
  add-group SWITCH GROUP      add group described by GROUP
  add-groups SWITCH FILE      add group from FILE
  [--may-create] mod-group SWITCH GROUP   modify specific group
  del-groups SWITCH [GROUP]   delete matching GROUPs
  insert-buckets SWITCH [GROUP] add buckets to GROUP
  remove-buckets SWITCH [GROUP] remove buckets from GROUP
  dump-group-features SWITCH  print group features
  dump-groups SWITCH [GROUP]  print group description
  dump-group-stats SWITCH [GROUP]  print group statistics
  queue-get-config SWITCH [PORT]  print queue config for PORT
  add-meter SWITCH METER      add meter described by METER
  mod-meter SWITCH METER      modify specific METER
  del-meters SWITCH [METER]   delete meters matching METER
  dump-meters SWITCH [METER]  print METER configuration
  meter-stats SWITCH [METER]  print meter statistics
  meter-features SWITCH       print meter features
  add-tlv-map SWITCH MAP      add TLV option MAPpings
  del-tlv-map SWITCH [MAP] delete TLV option MAPpings
  dump-tlv-map SWITCH      print TLV option mappings
  dump-ipfix-bridge SWITCH    print ipfix stats of bridge
  dump-ipfix-flow SWITCH      print flow ipfix of a bridge
  ct-flush-zone SWITCH ZONE   flush conntrack entries in ZONE
  ct-flush SWITCH [ZONE] [CT_ORIG_TUPLE [CT_REPLY_TUPLE]]
                              flush conntrack entries specified
                              by CT_ORIG/REPLY_TUPLE and ZONE

For OpenFlow switches and controllers:
  probe TARGET                probe whether TARGET is up
  ping TARGET [N]             latency of N-byte echos
  benchmark TARGET N COUNT    bandwidth of COUNT N-byte echos
SWITCH or TARGET is an active OpenFlow connection method.

Other commands:
  ofp-parse FILE              print messages read from FILE
  ofp-parse-pcap PCAP         print OpenFlow read from PCAP

`;

/** What stands behind them there. */
const otherLines = (): string => `${targetUsage({ active: true })}
Daemon options:
  --detach                run in background as daemon
  --monitor               creates a process to monitor this daemon
  --user=username[:group] changes the effective daemon user:group
  --no-chdir              do not chdir to '/'
  --pidfile[=FILE]        create pidfile (default: ${runDirectory()}/${NAME}.pid)
  --overwrite-pidfile     with --pidfile, start even if already running

OpenFlow version options:
  -V, --version           display version information
  -O, --protocols         set allowed OpenFlow versions
                          (default: OpenFlow10, OpenFlow11, OpenFlow12, OpenFlow13, OpenFlow14, OpenFlow15)

Logging options:
  -vSPEC, --verbose=SPEC   set logging levels
  -v, --verbose            set maximum verbosity level
  --log-file[=FILE]        enable logging to specified FILE
                           (default: ${logDirectory()}/${NAME}.log)
  --syslog-method=(libc|unix:file|udp:ip:port)
                           specify how to send messages to syslog daemon
  --syslog-target=HOST:PORT  also send syslog msgs to HOST:PORT via UDP

Other options:
  --strict                    use strict match for flow commands
  --read-only                 do not execute read/write commands
  --readd                     replace flows that haven't changed
  -F, --flow-format=FORMAT    force particular flow format
  -P, --packet-in-format=FRMT force particular packet in format
  -m, --more                  be more verbose printing OpenFlow
  --timestamp                 (monitor, snoop) print timestamps
  -t, --timeout=SECS          give up after SECS seconds
  --sort[=field]              sort in ascending order
  --rsort[=field]             sort in descending order
  --names                     show port names instead of numbers
  --no-names                  show port numbers, but not names
  --unixctl=SOCKET            set control socket name
  --color[=always|never|auto] control use of color in output
  -h, --help                  display this help message
  -V, --version               display version information
`;

/** The commands that ovs-ofctl does not have. */
const ownCommands = (commands: Commands): string =>
  Object.entries(commands)
    .filter(([, { takes }]) => takes === undefined)
    .map(([name, { usage, summary }]) => `  ${`${name} ${usage}`.padEnd(27)} ${summary}\n`)
    .join("");

/** What a target may be beside a connection method, and what ovs-ofctl does not have. */
const beyond = (commands: Commands): string => `
SWITCH or TARGET is one of the active connection methods above, or
  memif:FILE[?id=N]       a control channel through shared memory
  BRIDGE, TYPE@BRIDGE     a bridge of this machine: ${runDirectory()}/BRIDGE.mgmt
  FILE                    a Unix domain socket

Beyond ovs-ofctl:
${ownCommands(commands)}  --format=FORM               print as json, ndjson or yaml instead of text
  --canonical                 let diff-flows and replace-flows compare what flows do
  --exact                     let them compare by the letter, as without it
  --dry-run                   print what a command would change, and change nothing
  --hints                     print what may help behind errors, also off a terminal
  --filter=EXPR               print only flows such as 'ip and n_packets > 9'
  --highlight=EXPR            let such flows stand out on a terminal
`;

/** The help of the program: that of ovs-ofctl, and behind it what that does not have. */
export const helpText = (commands: Commands): string =>
  `${NAME}: OpenFlow switch management utility\nusage: ${NAME} [OPTIONS] COMMAND [ARG...]\n${COMMAND_LINES}${otherLines()}${beyond(commands)}`;

/** Prints the help. */
export const helpOf =
  (commands: Commands): Run =>
  () =>
    write(helpText(commands));

/** Prints the commands of ovs-ofctl as that does, for whoever completes its command lines. */
export const listOf =
  (commands: Commands): Run =>
  () => {
    const lines = Object.entries(commands).map(([name, { takes }]) => (takes === undefined ? "" : `  ${name.padEnd(23)} ${takes}\n`));
    write(`The available commands are:\n${lines.join("")}`);
  };
