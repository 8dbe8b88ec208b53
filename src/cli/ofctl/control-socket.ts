import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isAbsolute, join } from "node:path";
import { ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import { runDirectory } from "../../stream/mod.js";
import { versionText } from "../program.js";
import { removeAtEnd } from "./ending.js";
import { complain, Fatal, NAME } from "./fatal.js";
import { JsonCutter } from "./json-cutter.js";
import type { Vlog } from "./vlog.js";

/** Where the answer to a command goes: one is given to each, now or later. */
export interface Asker {
  reply(text?: string): void;
  /** Answers that the command has failed, and why. */
  refuse(text: string): void;
}

interface Command {
  readonly usage: string;
  readonly args: readonly [min: number, max: number];
  readonly run: (asker: Asker, args: readonly string[]) => void;
}

/** The most connections at a time. For another one the connection that has waited longest without a command of its own ends. */
const MAX_CONNECTIONS = 32;
/** The most requests of a connection that are answered before others have their turn. */
const PER_TURN = 10;
/** The most requests that wait in a connection, of what one read brought. */
const MAX_REQUESTS = 1024;

interface Request {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly id: unknown;
}

/** A request of JSON-RPC 1.0; the name of another message, or undefined for what is none. */
function requestOf(text: string): Request | string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { method, params, id, result, error } = value as Record<string, unknown>;
  if (method === undefined || method === null) return result === undefined && error === undefined ? undefined : "reply";
  if (typeof method !== "string" || !Array.isArray(params)) return undefined;
  return id === undefined || id === null ? "notification" : { method, params, id };
}

/** One connection at a control socket: requests are answered one behind the other, and no more is read while one is under way or its answer is not taken. */
class Connection {
  readonly #socket: Socket;
  readonly #server: ControlSocket;
  readonly #cutter = new JsonCutter();
  readonly #waiting: string[] = [];
  /** Whether a request is under way. */
  busy = false;
  #turn = false;

  constructor(socket: Socket, server: ControlSocket) {
    this.#socket = socket;
    this.#server = server;
    socket.on("data", (bytes) => this.#read(bytes));
    socket.on("drain", () => this.#work());
    socket.on("error", () => {});
    socket.on("end", () => {
      if (!this.busy && this.#waiting.length === 0) socket.end();
    });
  }

  /** Ends it; what was answered still leaves where `gently`. */
  end(gently = false): void {
    if (gently) this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  #read(bytes: Uint8Array): void {
    const fault = this.#cutter.feed(bytes, (text) => this.#waiting.push(text));
    if (fault !== undefined || this.#waiting.length > MAX_REQUESTS) this.#fail(fault ?? "too many requests at once");
    else this.#work();
  }

  #fail(reason: string): void {
    this.#server.log.log("jsonrpc", "WARN", `unix: error parsing stream: ${reason}`);
    this.end();
  }

  #work(): void {
    if (this.#turn) return;
    for (let i = 0; i < PER_TURN; i++) {
      if (this.#socket.destroyed) return;
      if (this.busy || this.#socket.writableNeedDrain || this.#waiting.length === 0) {
        this.#flow();
        return;
      }
      this.#serve(this.#waiting.shift()!);
    }
    this.#turn = true;
    this.#socket.pause();
    setImmediate(() => {
      this.#turn = false;
      this.#work();
    });
  }

  /** Reads on where nothing waits. */
  #flow(): void {
    if (this.busy || this.#socket.writableNeedDrain || this.#waiting.length > 0) this.#socket.pause();
    else if (this.#socket.readableEnded) this.#socket.end();
    else this.#socket.resume();
  }

  #serve(text: string): void {
    const request = requestOf(text);
    if (typeof request !== "object") {
      this.#fail(request === undefined ? "not a JSON-RPC message" : `received unexpected ${request} message`);
      return;
    }
    this.busy = true;
    let answered = false;
    const answer = (failed: boolean, given: string): void => {
      if (answered || this.#socket.destroyed) return;
      answered = true;
      this.busy = false;
      const body = given === "" || given.endsWith("\n") ? given : `${given}\n`;
      this.#socket.write(JSON.stringify({ id: request.id, result: failed ? null : body, error: failed ? body : null }));
      if (!this.#turn) setImmediate(() => this.#work());
    };
    this.#server.run(request.method, request.params, { reply: (t = "") => answer(false, t), refuse: (t) => answer(true, t) });
  }
}

/** A socket at which a running program takes commands: the one that `ovs-appctl` speaks to. Open vSwitch unixctl.c */
export class ControlSocket {
  readonly log: Vlog;
  readonly #server: Server | undefined;
  readonly #commands = new Map<string, Command>();
  readonly #connections = new Set<Connection>();

  private constructor(log: Vlog, path: string | undefined) {
    this.log = log;
    this.add("list-commands", "", [0, 0], (asker) => asker.reply(this.#list()));
    this.add("version", "", [0, 0], (asker) => asker.reply(versionText()));
    if (path === undefined) return;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /**
   * Listens. A socket that is left at the path is replaced, and the path is removed when the program ends.
   * @param path - the path, in the run directory unless it is absolute; `none` for no socket; undefined for `PROGRAM.PID.ctl`
   * @throws Fatal in the words of Open vSwitch
   */
  static async listen(path: string | undefined, log: Vlog): Promise<ControlSocket> {
    if (path === "none") return new ControlSocket(log, undefined);
    const name = path ?? `${NAME}.${process.pid}.ctl`;
    const file = isAbsolute(name) ? name : join(runDirectory(), name);
    const control = new ControlSocket(log, file);
    try {
      await control.#listen(file);
    } catch (e) {
      const reason = ERRNO_TEXT[errnoOf(e, "EIO")];
      complain(`${file}: could not initialize control socket (${reason})`);
      throw new Fatal(`failed to create unixctl server (${reason})`);
    }
    return control;
  }

  async #listen(file: string): Promise<void> {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(file);
    const mask = process.umask(0o077);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server!.once("error", reject);
        this.#server!.listen(file, resolve);
      });
    } finally {
      process.umask(mask);
    }
    chmodSync(file, 0o700);
    removeAtEnd(file);
    this.#server!.on("error", (e) => this.log.log("unixctl", "WARN", `${file}: accept failed: ${e.message}`));
  }

  /** Adds a command. @param usage - its arguments, for `list-commands` */
  add(name: string, usage: string, args: Command["args"], run: Command["run"]): void {
    this.#commands.set(name, { usage, args, run });
  }

  /** Does what a command says, and answers it. */
  run(name: string, params: readonly unknown[], asker: Asker): void {
    const command = this.#commands.get(name);
    if (command === undefined) {
      asker.refuse(`"${name}" is not a valid command (use "list-commands" to see a list of valid commands)`);
      return;
    }
    const [min, max] = command.args;
    if (params.length < min) asker.refuse(`"${name}" command requires at least ${min} arguments`);
    else if (params.length > max) asker.refuse(`"${name}" command takes at most ${max} arguments`);
    else if (!params.every((param) => typeof param === "string")) asker.refuse(`"${name}" command has non-string argument`);
    else command.run(asker, params as readonly string[]);
  }

  /** Ends it. What was answered still leaves. */
  close(): void {
    this.#server?.close();
    for (const connection of this.#connections) connection.end(true);
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      const idle = [...this.#connections].find(({ busy }) => !busy);
      idle?.end();
      if (idle === undefined) {
        socket.destroy();
        return;
      }
      this.#connections.delete(idle);
    }
    const connection = new Connection(socket, this);
    this.#connections.add(connection);
    socket.on("close", () => this.#connections.delete(connection));
  }

  #list(): string {
    const lines = [...this.#commands].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { usage }]) => `  ${name.padEnd(23)} ${usage}\n`);
    return `The available commands are:\n${lines.join("")}`;
  }
}

const MANY = Number.POSITIVE_INFINITY;

/** Adds the commands that change the log, and those that have nothing to count here, as every daemon of Open vSwitch has them. */
export function addLogCommands(control: ControlSocket): void {
  const { log } = control;
  const outcome = (asker: Asker, fault: string | undefined): void => (fault === undefined ? asker.reply() : asker.refuse(fault));
  control.add("vlog/set", "{spec | PATTERN:destination:pattern}", [0, MANY], (asker, specs) => {
    if (specs.length === 0) log.setLevel(undefined, undefined, "DBG");
    for (const spec of specs) {
      const fault = log.change(spec);
      if (fault === undefined) continue;
      asker.refuse(fault);
      return;
    }
    asker.reply();
  });
  control.add("vlog/list", "", [0, 0], (asker) => asker.reply(log.levels()));
  control.add("vlog/list-pattern", "", [0, 0], (asker) => asker.reply(log.patterns()));
  for (const [name, on] of [
    ["vlog/enable-rate-limit", true],
    ["vlog/disable-rate-limit", false],
  ] as const)
    control.add(name, "[module]...", [0, MANY], (asker, modules) => {
      const known = (modules.length === 0 ? ["any"] : modules).every((module) => log.limitRates(module, on));
      outcome(asker, known ? undefined : "unknown module");
    });
  control.add("vlog/reopen", "", [0, 0], (asker) => outcome(asker, log.reopenFile()));
  control.add("vlog/close", "", [0, 0], (asker) => {
    log.closeFile();
    asker.reply();
  });
  control.add("coverage/show", "", [0, 0], (asker) => asker.reply(""));
  control.add("coverage/read-counter", "COUNTER", [1, 1], (asker) => asker.refuse("No such counter"));
}
