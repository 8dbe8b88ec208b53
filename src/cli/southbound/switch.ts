import { Command } from "commander";
import { formatDpid, formatIpv4, parseDpid } from "../../bytes/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { type Interface, type MemifPortName, parseMemifPort } from "../../memif/mod.js";
import type { Version } from "../../schema/mod.js";
import { type Listener, parseActive, parsePassive, type Target, targetUsage } from "../../stream/mod.js";
import { Host, link, Switch } from "../../switch/mod.js";
import type { Log } from "../../vconn/mod.js";
import { failure, lineOf, number, usage, value, values } from "./exit.js";
import { type LogThreshold, logLevelOption, stderrLog } from "./logging.js";
import { addMemifPort } from "./memif-port.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { stopOnSignal, stopped } from "./signals.js";
import { listenForSnoops } from "./snoop-listener.js";

interface Options extends ProcessTlsWords {
  readonly dpid: bigint;
  readonly controller?: readonly Target[];
  readonly listen?: readonly Target[];
  readonly snoop?: readonly Target[];
  readonly ports: number;
  readonly port?: readonly MemifPortName[];
  readonly hosts: boolean;
  readonly protocols?: readonly Version[];
  readonly ping?: true | number;
  readonly count?: number;
  readonly logLevel: LogThreshold;
}

const DEFAULT_CONTROLLER = "tcp:127.0.0.1:6653";
/** Host N has the address 10.0.0.0 + N, so that 10.0.255.255 bounds them. */
const MAX_PORTS = 10_000;
const NETWORK = 0x0a00_0000;
const MAC = 0x0200_0000_0000;

/** Milliseconds that a controller is waited for before the first ping, and that a reply is: longer than until a host asks again for an address. */
const PING_PATIENCE = 5_000;
const REPLY = 1_500;

const PROTOCOLS: Readonly<Record<string, Version>> = { OpenFlow10: 1, OpenFlow13: 4 };

/** Reads `OpenFlow10,OpenFlow13` as `ovs-ofctl -O` takes it. */
function protocols(text: string): Version[] {
  return text.split(",").map((word) => {
    const version = PROTOCOLS[word];
    if (version === undefined)
      throw new SouthboundError("ERR_USAGE", `"${word}" is no version of this switch: ${Object.keys(PROTOCOLS).join(" and ")} are`);
    return version;
  });
}

/** `southbound switch`: runs a switch, with a host behind each port, until a signal stops it. */
export function switchCommand(): Command {
  const command = new Command("switch")
    .description("Run an OpenFlow switch (1.0 and 1.3) in software, with a host behind each of its ports, until Ctrl-C.")
    .argument("[controllers...]", "controllers to connect to, as with --controller", values(parseActive))
    .option("--dpid <id>", "datapath id, in hexadecimal", value(parseDpid), 1n)
    .option(
      "--controller <target>",
      `a controller to connect to; may be repeated (default: ${DEFAULT_CONTROLLER}, unless --listen is given)`,
      values(parseActive),
    )
    .option("-l, --listen <target>", "where to listen for tools such as ovs-ofctl; may be repeated", values(parsePassive))
    .option(
      "--snoop <target>",
      "where to listen for tools such as ovs-ofctl snoop, which are shown what the switch and its controller say; may be repeated",
      values(parsePassive),
    )
    .option("--ports <n>", "how many ports the switch has", value(number("ports", 0, MAX_PORTS, true)), 2)
    .option(
      "--port <memif:file>",
      "one port more, which leads to another process through shared memory, such as memif:/run/memif.sock?role=server&id=1; may be repeated",
      values(parseMemifPort),
    )
    .option("--no-hosts", "leave the ports unplugged; otherwise the host h1 with the address 10.0.0.1 is behind port 1, and so on")
    .option("-O, --protocols <versions>", "versions to offer, with commas between them (default: OpenFlow10,OpenFlow13)", value(protocols))
    .option(
      "--ping [seconds]",
      "have host h1 ping every other one, again and again (default: every second)",
      value(number("seconds", 0.01, 3600)),
    )
    .option(
      "--count <n>",
      "end after n rounds of --ping, with status 0 only if all of the last round were answered",
      value(number("rounds", 1, 1_000_000, true)),
    )
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
${targetUsage({ active: true, passive: true, pki: false })}--controller takes active methods, --listen and --snoop passive ones. Besides
there are dl:FILE and dl:FILE?worker, which run an ES module or a shared library
here as the controller, and memif:FILE[?id=N] and pmemif:FILE[?id=N], which are
shared memory.

Ports:
  memif:FILE[?role=client|server][&id=N][&queues=N][&secret=TEXT][&name=TEXT]
Without options a client with the id 0 and one queue to receive from, and named
memif0, memif1, ...

Examples:
  southbound switch --controller tcp:127.0.0.1:6653 --ping
  southbound switch dl:./my-controller.mjs --ping
  southbound switch --listen ptcp: --port 'memif:/run/m.sock?role=server'
  southbound switch --listen punix:/tmp/s1.mgmt --ports 4
  ovs-ofctl dump-flows unix:/tmp/s1.mgmt`,
    )
    .action(run);
  return addTlsOptions(command);
}

async function run(named: readonly Target[] | undefined, options: Options): Promise<void> {
  if (options.ping !== undefined && (!options.hosts || options.ports < 2))
    throw usage("--ping needs two hosts: leave out --no-hosts, and give --ports 2 or more");
  if (options.count !== undefined && options.ping === undefined) throw usage("--count counts rounds of --ping: give that too");
  using stop = stopOnSignal();
  const log = stderrLog(options.logLevel);
  const controllers = [...(named ?? []), ...(options.controller ?? [])];
  if (controllers.length === 0 && options.listen === undefined) controllers.push(parseActive(DEFAULT_CONTROLLER));
  useTlsOptions(options, log, [...controllers, ...(options.listen ?? []), ...(options.snoop ?? [])]);
  await using sw = new Switch({
    datapathId: options.dpid,
    log,
    description: { datapath: `southbound switch ${formatDpid(options.dpid)}` },
    ...(options.protocols !== undefined && { versions: options.protocols }),
  });
  const snoops: Listener[] = [];
  await using _snoops = {
    async [Symbol.asyncDispose]() {
      await Promise.all(snoops.map((l) => l.close()));
    },
  };
  const hosts: Host[] = [];
  for (let n = 1; n <= options.ports; n++) {
    const port = sw.addPort();
    if (!options.hosts) continue;
    const host = new Host({ name: `h${n}`, mac: MAC + n, ip: NETWORK + n });
    link(port, host.port);
    hosts.push(host);
  }
  const ends: Interface[] = [];
  await using _ends = {
    async [Symbol.asyncDispose]() {
      await Promise.all(ends.map((end) => end.close()));
    },
  };
  for (const [i, place] of (options.port ?? []).entries()) ends.push(addMemifPort(sw, place, `memif${i}`, log));
  for (const target of options.listen ?? []) await at("--listen", () => sw.listen(target.name), log);
  const rconns = controllers.map(({ name }) => sw.connect(name));
  for (const target of options.snoop ?? []) snoops.push(await at("--snoop", () => listenForSnoops(target.name, rconns, log), log));
  log("info", `switch ${formatDpid(options.dpid)} with ${options.ports + ends.length} ports runs; Ctrl-C stops it`);
  if (options.ping === undefined) await stopped(stop.signal);
  else {
    // Neither the timers of hosts nor a controller in this process keep it alive.
    const awake = setInterval(() => {}, 0x7fffffff);
    try {
      await connected(sw, stop.signal);
      await pingRounds(hosts, options.ping === true ? 1 : options.ping, options.count ?? Number.POSITIVE_INFINITY, stop.signal);
    } finally {
      clearInterval(awake);
    }
  }
  log("info", "stopping");
}

/** Listens somewhere, and says where. @param option - by which it was asked for */
async function at(option: string, listen: () => Promise<Listener>, log: Log): Promise<Listener> {
  try {
    const listener = await listen();
    log("info", `listening on ${listener.name}`);
    return listener;
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    throw failure(`${e.message}; give ${option} another place`, e);
  }
}

/** Waits until a controller is there, but no longer than {@link PING_PATIENCE}: flows may make the pings pass without one. */
async function connected(sw: Switch, signal: AbortSignal): Promise<void> {
  const until = performance.now() + PING_PATIENCE;
  while (!signal.aborted && performance.now() < until && !sw.connections.some((c) => c.kind === "controller" && c.isUp))
    await stopped(signal, 20);
}

/** Has the first host ping the others, and prints a line for each answer or loss. */
async function pingRounds([first, ...others]: readonly Host[], seconds: number, rounds: number, signal: AbortSignal): Promise<void> {
  let lost: string[] = [];
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    const began = performance.now();
    lost = [];
    await Promise.all(
      others.map(async (other) => {
        const what = `${first!.name} -> ${other.name} ${formatIpv4(other.ip)}: seq=${round}`;
        try {
          const { rttMs, ttl } = await first!.ping(other.ip, { signal, timeout: REPLY });
          process.stdout.write(`${what} ttl=${ttl} time=${rttMs.toFixed(3)} ms\n`);
        } catch (e) {
          if (signal.aborted) return;
          lost.push(other.name);
          process.stdout.write(`${what} lost: ${lineOf(e)}\n`);
        }
      }),
    );
    if (round < rounds) await stopped(signal, Math.max(0, seconds * 1000 - (performance.now() - began)));
  }
  if (lost.length > 0) throw failure(`in the last round no answer came from ${lost.join(", ")}`);
}
