import { Command } from "commander";
import { OPENFLOW_PORT, parsePassive, type Target } from "../../stream/mod.js";
import { AppFaults } from "./app-faults.js";
import { loadApps } from "./apps.js";
import { values } from "./exit.js";
import { type LogThreshold, logLevelOption, stderrLog } from "./logging.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { serve } from "./serving.js";
import { stopOnSignal, stopped } from "./signals.js";

interface Options extends ProcessTlsWords {
  readonly listen?: readonly Target[];
  readonly anyFeaturesXid?: boolean;
  readonly logLevel: LogThreshold;
}

/** `southbound controller`: serves switches with applications until it is told to stop. */
export function controllerCommand(): Command {
  const command = new Command("controller")
    .description("Serve OpenFlow switches (1.0 and 1.3) with applications until Ctrl-C.")
    .argument("[apps...]", "applications by name, or by the path of an ES module that exports one by default (default: l2-learning)")
    .option("-l, --listen <target>", `where to listen; may be repeated (default: ptcp:${OPENFLOW_PORT})`, values(parsePassive))
    .option(
      "--any-features-xid",
      "take the first features reply whatever its transaction id, for old switches that do not repeat the request's",
    )
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
Targets:
  ptcp:[PORT][:HOST]   TCP; by default port ${OPENFLOW_PORT} of all addresses; 0: any port
  pssl:[PORT][:HOST]   TLS, likewise
  punix:FILE           a unix socket

Examples:
  southbound controller
  southbound controller --listen ptcp:6653:127.0.0.1 --listen punix:/tmp/of.sock
  southbound controller --listen pssl: -p key.pem -c cert.pem -C cacert.pem
  southbound controller ./my-app.mjs`,
    )
    .action(run);
  return addTlsOptions(command, true);
}

async function run(names: readonly string[], options: Options): Promise<void> {
  using stop = stopOnSignal();
  const log = stderrLog(options.logLevel);
  useTlsOptions(options, log);
  const apps = await loadApps(names);
  using faults = new AppFaults(apps);
  const { controller, failed } = await serve(
    apps,
    options.listen ?? [parsePassive("ptcp:")],
    { log, anyFeaturesXid: options.anyFeaturesXid },
    (made) => faults.attach(made),
  );
  log("info", `serving with ${apps.map(({ name }) => name).join(", ")}; Ctrl-C stops it`);
  try {
    await Promise.race([stopped(stop.signal), failed, faults.fatal]);
    log("info", "stopping");
  } finally {
    stop.stop();
    await controller.close();
  }
}
