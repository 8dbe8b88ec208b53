import { Command } from "commander";
import type { AppScope, ControllerOptions } from "../../controller/mod.js";
import { VERSIONS, type Version } from "../../schema/mod.js";
import { OPENFLOW_PORT, parseActive, parsePassive, type Target, targetUsage } from "../../stream/mod.js";
import { AppFaults } from "./app-faults.js";
import { type AppSetting, parseSetting, withSettings } from "./app-settings.js";
import { type LoadedApp, loadApps } from "./apps.js";
import { lineOf, number, usage, value, values } from "./exit.js";
import { type LogThreshold, logLevelOption } from "./logging.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { parseProtocols } from "./protocols.js";
import { type ServingOptions, serve } from "./serving.js";
import { stopOnSignal, stopped } from "./signals.js";
import { Tracing } from "./tracing.js";
import { WatchedApps } from "./watched-apps.js";

interface Options extends ProcessTlsWords {
  readonly listen?: readonly Target[];
  readonly connect?: readonly Target[];
  readonly listenPersist?: true | number;
  readonly protocols?: readonly Version[];
  readonly set?: readonly AppSetting[];
  readonly watch?: true;
  readonly trace?: true | string;
  readonly unixctl?: string;
  readonly anyFeaturesXid?: boolean;
  readonly logLevel: LogThreshold;
}

/** Seconds between attempts to listen, as VLCP has it (`retrylisten_interval`). */
const LISTEN_AGAIN = 3;

/** `southbound controller`: serves switches with applications until a signal stops it. */
export function controllerCommand(): Command {
  const command = new Command("controller")
    .description("Serve OpenFlow switches (1.0 to 1.5) with applications until Ctrl-C.")
    .argument("[apps...]", "applications by name, or by the path of an ES module that exports one by default (default: l2-learning)")
    .option(
      "-l, --listen <target>",
      `where to listen; may be repeated (default: ptcp:${OPENFLOW_PORT}, unless --connect is given)`,
      values(parsePassive),
    )
    .option(
      "--connect <target>",
      "a switch that listens, to connect to, and again whenever that ends; may be repeated",
      values(parseActive),
    )
    .option(
      "--listen-persist [seconds]",
      `try again where listening fails, every so many seconds (default: ${LISTEN_AGAIN})`,
      value(number("seconds", 0.05, 86_400)),
    )
    .option(
      "-O, --protocols <versions>",
      "versions to offer, with commas between them (default: OpenFlow10 to OpenFlow15)",
      value(parseProtocols),
    )
    .option("--set <name=value>", "the value of an option of an application, or APP:NAME=VALUE; may be repeated", values(parseSetting))
    .option("--watch", "load an application again when its file, or one that it imports, has changed")
    .option("--trace [filter]", "print the messages that are sent and received, or those of a filter")
    .option("--unixctl <path>", "answer ovs-appctl at this socket")
    .option(
      "--any-features-xid",
      "take the first features reply whatever its transaction id, for old switches that do not repeat the request's",
    )
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
${targetUsage({ passive: true, active: true, pki: false })}--connect takes active methods, --listen passive ones; port 0 is any free one.

Trace:
  A filter is words with commas between them: types such as packet-in, of which
  only those are printed; !packet-in, which is not; sent or received; and
  peer=TEXT, a part of a connection's name. It is switched while the program
  runs by the signal SIGUSR2, and by ovs-appctl at the socket of --unixctl:
    ovs-appctl -t PATH vlog/set vconn:dbg        on, and vconn:off
    ovs-appctl -t PATH trace packet-in,flow-mod

Examples:
  southbound controller
  southbound controller --listen ptcp:6653:127.0.0.1 --listen punix:/tmp/of.sock
  southbound controller --listen pssl: -p key.pem -c cert.pem -C cacert.pem
  southbound controller --connect unix:/run/openvswitch/br0.mgmt -O OpenFlow13
  southbound controller --watch --trace=flow-mod,error ./my-app.mjs
  southbound controller l2-learning --set idle=5`,
    )
    .action(run);
  return addTlsOptions(command);
}

function tracingOf({ logLevel, trace }: Options): Tracing {
  try {
    return new Tracing(logLevel, trace === true ? "" : trace);
  } catch (e) {
    throw usage(`--trace: ${lineOf(e)}; write --trace=FILTER, and applications before --trace`);
  }
}

async function run(names: readonly string[], options: Options): Promise<void> {
  using stop = stopOnSignal();
  using tracing = tracingOf(options);
  const { log } = tracing;
  const { listen, connect = [], set = [], watch, unixctl, protocols, anyFeaturesXid, listenPersist } = options;
  const targets = listen ?? (connect.length > 0 ? [] : [parsePassive("ptcp:")]);
  useTlsOptions(options, log, [...targets, ...connect]);
  const loaded = new Map<string, LoadedApp>();
  if (watch !== true) for (const app of withSettings(await loadApps(names), set)) loaded.set(app.name, app);
  using faults = new AppFaults(() => loaded.values(), watch === true ? log : undefined);
  let watched: WatchedApps | undefined;
  using _watched = { [Symbol.dispose]: () => watched?.[Symbol.dispose]() };
  const settings: ControllerOptions = { log, versions: protocols ?? VERSIONS, anyFeaturesXid };
  const more: ServingOptions = {
    connect,
    retryInterval: listenPersist === undefined ? undefined : (listenPersist === true ? LISTEN_AGAIN : listenPersist) * 1000,
    async made(controller) {
      faults.attach(controller);
      tracing.attach(controller);
      if (watch !== true) return;
      watched = new WatchedApps(controller, names, set, loaded, log);
      await watched.load();
      // a setting that no application has is wrong words, and not an application's fault
      if (watched.complete) withSettings([...loaded.values()], set);
    },
  };
  const { controller, failed } = await serve([...loaded.values()], targets, settings, more);
  try {
    if (unixctl !== undefined) await tracing.listen(unixctl, () => stop.stop());
    const running = watch === true ? controller.apps.map(({ name }: AppScope) => name) : [...loaded.keys()];
    log("info", `serving with ${running.join(", ") || "no application yet"}; Ctrl-C stops it`);
    await Promise.race([stopped(stop.signal), failed, faults.fatal]);
    log("info", "stopping");
  } finally {
    stop.stop();
    await controller.close();
  }
}
