import { Command, Option } from "commander";
import { SouthboundError } from "../../../errors/mod.js";
import { type Interface, MemifClient, type MemifCounters, type MemifMode, MemifServer, MemifSocket } from "../../../memif/mod.js";
import { failure, number, usage, value } from "../exit.js";
import { type LogThreshold, logLevelOption, stderrLog } from "../logging.js";
import { type Stop, stopOnSignal } from "../signals.js";
import { advised } from "./advice.js";
import type { Role } from "./role.js";

/** What all actions take. */
export interface EndpointOptions {
  readonly socket: string;
  readonly id: number;
  readonly name?: string;
  readonly secret?: string;
  readonly mode: MemifMode;
  readonly queues: number;
  readonly ringSize?: number;
  readonly bufferSize?: number;
  readonly polling?: true;
  readonly json?: true;
  readonly logLevel: LogThreshold;
}

/** Errors of options, which were wrong words. */
const OPTION_CODES: ReadonlySet<string> = new Set(["ERR_RANGE", "ERR_USAGE"]);

const MODES: readonly MemifMode[] = ["ethernet", "ip", "punt"];

function interfaceId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (id <= 0xffff_ffff) return id;
  throw new SouthboundError("ERR_USAGE", `An interface has a number from 0 to ${0xffff_ffff}`);
}

/** A command of one role with the options that all actions take. */
export function endpointCommand(role: Role, name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .requiredOption("-s, --socket <file>", "the unix socket; @NAME: an abstract one")
    .option("--id <n>", "the number of the interface at that socket", value(interfaceId), 0)
    .option("--name <name>", "what the interface calls itself")
    .option("--secret <text>", role === "server" ? "turn away clients that do not send this" : "what the server wants to be told")
    .addOption(new Option("--mode <mode>", "what the packets are").choices(MODES).default("ethernet"))
    .option(
      "--queues <n>",
      role === "server" ? "how many queues a client may bring, each way" : "how many queues, each way",
      number("queues", 1, 256, true),
      role === "server" ? 32 : 1,
    )
    .option(
      "--ring-size <slots>",
      role === "server" ? "the largest ring that a client may bring (default: 16384)" : "slots of a ring, a power of two (default: 1024)",
      number("slots", 1, 16384, true),
    )
    .option("--polling", "look for packets all the time, in place of interrupts")
    .option("--json", "print JSON, a line for each thing")
    .addOption(logLevelOption());
  if (role === "client")
    command.option("--buffer-size <bytes>", "bytes of a buffer, a multiple of 64 (default: 2048)", number("bytes", 64, 65536, true));
  return command;
}

/** What an action works with. */
export interface Endpoint {
  readonly memif: Interface;
  readonly stop: Stop;
  /** Whether standard output is the action's own: nothing is reported there. */
  readonly quiet?: boolean;
}

/**
 * Opens the interface, runs an action with it until the action ends, and closes everything; prints what was counted.
 * @param quiet - whether the action writes to standard output itself
 * @throws CommandError for what the system refuses
 */
export async function withEndpoint(
  role: Role,
  options: EndpointOptions,
  action: (endpoint: Endpoint) => Promise<void>,
  quiet = false,
): Promise<void> {
  using stop = stopOnSignal();
  const log = stderrLog(options.logLevel);
  let memif: Interface | undefined;
  let socket: MemifSocket | undefined;
  let told = "";
  const failed = (error: SouthboundError): void => {
    // the same is told once for each connection, however often it is tried again
    if (error.message !== told)
      log(
        "warn",
        advised(error, role, (option) => `--${option}`),
      );
    told = error.message;
  };
  try {
    [socket, memif] = open(role, options, failed);
    const tell = (event: string, detail: object, text: string): void => {
      log("info", text);
      if (options.json === true && !quiet) process.stdout.write(`${JSON.stringify({ event, ...detail })}\n`);
    };
    memif.on("connected", (peer) => {
      told = "";
      tell("connected", peer, `connected to ${peer.interfaceName || "an interface"} of ${peer.application}`);
    });
    memif.on("disconnected", (error) => tell("disconnected", { reason: error.message }, error.message));
    memif.on("failed", failed);
    log("info", role === "server" ? `serving at ${options.socket}` : `connecting to ${options.socket}`);
    await Promise.race([action({ memif, stop, quiet }), memif.closed]);
    const { counters } = memif;
    if (!quiet) process.stdout.write(`${options.json === true ? JSON.stringify({ event: "counters", ...counters }) : summary(counters)}\n`);
  } catch (e) {
    throw SouthboundError.is(e) ? failure(e.message, e) : e;
  } finally {
    await memif?.close();
    await socket?.close();
  }
}

/** The socket and the interface. @throws CommandError that says what to do, for what the system or they refuse */
function open(role: Role, options: EndpointOptions, failed: (error: SouthboundError) => void): [MemifSocket, Interface] {
  try {
    const socket = makeSocket(role, options, failed);
    return [socket, makeInterface(role, socket, options)];
  } catch (e) {
    if (!SouthboundError.is(e) || e.code === "ERR_NATIVE") throw e;
    throw OPTION_CODES.has(e.code) ? usage(e.message) : failure(`${e.message}; give --socket another place`, e);
  }
}

function makeSocket(role: Role, { socket, queues, ringSize }: EndpointOptions, onError: (error: SouthboundError) => void): MemifSocket {
  if (role === "client") return new MemifSocket(socket, { onError });
  const limits = { maxReceiveQueues: queues, maxTransmitQueues: queues, ...(ringSize !== undefined && { maxRingSize: ringSize }) };
  return new MemifSocket(socket, { onError, limits });
}

function makeInterface(role: Role, socket: MemifSocket, options: EndpointOptions): Interface {
  const { id, name, secret, mode, queues, ringSize, bufferSize, polling } = options;
  const common = { socket, id, name, secret, mode, reception: polling === true ? "polling" : "interrupt" } as const;
  if (role === "server") return new MemifServer(common);
  return new MemifClient({ ...common, transmitQueues: queues, receiveQueues: queues, ringSize, bufferSize });
}

function summary({ rx, tx }: MemifCounters): string {
  return `received ${rx.packets} packets of ${rx.bytes} bytes, sent ${tx.packets} of ${tx.bytes}`;
}

/** A reader of whole numbers of packets. */
export const packets = value(number("packets", 1, Number.MAX_SAFE_INTEGER, true));
