import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { encodedLength, encodeText } from "../../bytes/mod.js";
import { DecodeError } from "../../errors/mod.js";
import { printBytes } from "../../ofp/syntax/mod.js";
import { parseActive, parsePassive, type Target, targetUsage } from "../../stream/mod.js";
import { CAPTURE_PORTS, type CapturedEnd, type CapturedMessage, type CaptureProblem, capturedMessages } from "../../vconn/mod.js";
import { failure, lineOf, number, usage, value } from "./exit.js";
import { type LogThreshold, logLevelOption, stderrLog, timeOfDay } from "./logging.js";
import { addTlsOptions, type ProcessTlsWords, useTlsOptions } from "./process-tls.js";
import { conversation, type Role } from "./replay/conversation.js";
import { type Player, play } from "./replay/play.js";
import { stopOnSignal } from "./signals.js";

interface Options extends ProcessTlsWords {
  readonly print?: boolean;
  readonly to?: Target;
  readonly side: Role;
  readonly speed: number;
  readonly connection?: number;
  readonly port?: readonly number[];
  readonly logLevel: LogThreshold;
}

/** `southbound replay`: prints the messages of a capture, or says one side of it again to a live peer. */
export function replayCommand(): Command {
  const command = new Command("replay")
    .description("Print the OpenFlow messages of a packet capture, or play one side of it to a live peer.")
    .argument("<file>", "a capture in the pcap or pcapng format")
    .option("--print", "print each message, as ovs-ofctl does")
    .option(
      "--to <target>",
      "play to the peer at tcp:, ssl: or unix:, or to the first that connects to ptcp:, pssl: or punix:",
      value(anyTarget),
    )
    .addOption(new Option("--side <side>", "whose messages are played").choices(["switch", "controller"]).default("switch"))
    .option("--speed <n>", "how many times as fast as it was recorded; 0: without waiting", number("times", 0, 1_000_000), 1)
    .option("--connection <n>", "of the connections in the capture the n-th, counted from 1", number("connections", 1, 1e9, true))
    .option("--port <port>", `a port of OpenFlow; may be repeated (default: ${CAPTURE_PORTS.join(" and ")})`, ports)
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
${targetUsage({ active: true, passive: true, pki: false })}--to takes either.

A switch that is played answers the live controller's requests with what was
recorded as the reply to each. A controller that is played sends its messages as
they were recorded. Echo requests are always answered.

Examples:
  southbound replay session.pcapng --print
  southbound replay session.pcapng --to tcp:127.0.0.1:6653 --speed 10
  southbound replay session.pcapng --side controller --to ptcp:6653`,
    )
    .action(run);
  return addTlsOptions(command);
}

function anyTarget(text: string): Target {
  const passive = /^p[a-z]/.test(text) && !text.startsWith("pipe");
  return passive ? parsePassive(text) : parseActive(text);
}

function ports(text: string, before: readonly number[] | undefined): readonly number[] {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535) throw new InvalidArgumentError("It takes a port from 1 to 65535.");
  return [...(before ?? []), port];
}

async function run(file: string, options: Options): Promise<void> {
  if ((options.print === true) === (options.to !== undefined)) throw usage("say either --print or --to TARGET");
  const { port, connection } = options;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (e) {
    throw failure(`${file} cannot be read: ${lineOf(e)}`, e);
  }
  const onProblem = ({ text }: CaptureProblem): void => void process.stderr.write(`${file}: ${text}\n`);
  try {
    const all = only(capturedMessages(bytes, { ports: port, onProblem }), connection === undefined ? undefined : connection - 1);
    if (options.print === true) printAll(all);
    else await playAll(file, all, options.to!, options);
  } catch (e) {
    if (e instanceof DecodeError) throw failure(`${file}: ${e.message}`, e);
    throw e;
  }
}

function* only(messages: Iterable<CapturedMessage>, connection: number | undefined): Generator<CapturedMessage> {
  for (const message of messages) if (connection === undefined || message.connection === connection) yield message;
}

const VERBOSITY = 2;
const endText = ({ address, port }: CapturedEnd): string => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

function printAll(messages: Iterable<CapturedMessage>): void {
  for (const { time, from, to, bytes } of messages) {
    const text = `${timeOfDay(new Date(time))} ${endText(from)} > ${endText(to)}\n${printBytes(bytes, { verbosity: VERBOSITY })}`;
    const out = new Uint8Array(encodedLength(text));
    encodeText(text, out, 0);
    process.stdout.write(out);
  }
}

async function playAll(file: string, messages: Iterable<CapturedMessage>, to: Target, options: Options): Promise<void> {
  const recorded = [...messages];
  const first = recorded[0];
  if (first === undefined)
    throw failure(`${file} has no OpenFlow messages: name the port with --port where it is none of ${CAPTURE_PORTS.join(", ")}`);
  const one = recorded.filter(({ connection }) => connection === first.connection);
  using stop = stopOnSignal();
  const log = stderrLog(options.logLevel);
  useTlsOptions(options, log, [to]);
  const player: Player = { role: options.side, speed: options.speed, signal: stop.signal, log };
  const { sent, received, errors } = await play(to, conversation(one), player);
  log("info", `${sent} messages sent, ${received} received, ${errors} errors among them`);
}
