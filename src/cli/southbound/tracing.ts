import type { Controller } from "../../controller/mod.js";
import { type Log, type LogLevel, Trace } from "../../vconn/mod.js";
import { addLogCommands, ControlSocket } from "../ofctl/control-socket.js";
import { Fatal } from "../ofctl/fatal.js";
import { Vlog, type VlogLevel } from "../ofctl/vlog.js";
import { failure, lineOf } from "./exit.js";
import { type LogThreshold, stderrLog } from "./logging.js";

/** The signal that switches the trace on and off. Node keeps SIGUSR1 for its debugger. */
const SWITCH = "SIGUSR2";

const AS_VLOG: Readonly<Record<LogLevel, VlogLevel>> = { debug: "DBG", info: "INFO", warn: "WARN", error: "ERR" };

/** The log of a command whose messages can be traced: what is shown is changed while it runs, by a signal and by a control socket. Messages that are traced are shown whatever the level of the log is. */
export class Tracing implements Disposable {
  /** The log of the command. */
  readonly log: Log;
  readonly #all: Log = stderrLog("debug");
  readonly #vlog = new Vlog("southbound");
  /** What is traced when it is switched on. */
  #filter: Trace;
  #on: boolean;
  #controller: Controller | undefined;
  #control: ControlSocket | undefined;
  readonly #switched = (): void => this.#set(!this.#on);

  /** @param filter - what is traced from the start; undefined: nothing @throws SouthboundError `ERR_USAGE` for what is no filter */
  constructor(threshold: LogThreshold, filter: string | undefined) {
    const plain = stderrLog(threshold);
    this.log = (level, text) => (this.#vlog.shows("vconn", AS_VLOG[level]) ? this.#all : plain)(level, text);
    this.#vlog.set("off");
    this.#on = filter !== undefined;
    this.#filter = new Trace(filter, this.#all);
    process.on(SWITCH, this.#switched);
  }

  /** Traces the messages of a controller from now on. */
  attach(controller: Controller): void {
    this.#controller = controller;
    controller.trace = this.#on ? this.#filter : false;
  }

  /**
   * Answers `ovs-appctl` at a socket: `vlog/set vconn:dbg` and the other words of a log, `trace [FILTER]`, `show`, `exit`.
   * @param stop - ends the command
   * @throws CommandError of status 1 where the socket cannot be made
   */
  async listen(path: string, stop: () => void): Promise<void> {
    let control: ControlSocket;
    try {
      control = await ControlSocket.listen(path, this.#vlog);
    } catch (e) {
      if (!(e instanceof Fatal)) throw e;
      throw failure(`--unixctl ${path}: ${lineOf(e)}`, e);
    }
    this.#control = control;
    addLogCommands(control);
    control.add("vlog/set", "{spec | PATTERN:destination:pattern}", [0, Number.POSITIVE_INFINITY], (asker, specs) => {
      for (const spec of specs.length === 0 ? ["dbg"] : specs) {
        const fault = this.#vlog.change(spec);
        if (fault !== undefined) return asker.refuse(fault);
      }
      this.#set(this.#vlog.shows("vconn", "DBG"));
      asker.reply();
    });
    control.add("trace", "[on | off | FILTER]", [0, Number.POSITIVE_INFINITY], (asker, words) => {
      const filter = words.join(" ");
      try {
        if (filter !== "" && filter !== "on" && filter !== "off") this.#filter = new Trace(filter, this.#all);
      } catch (e) {
        return asker.refuse(lineOf(e));
      }
      if (filter !== "") this.#set(filter !== "off");
      asker.reply(this.#state());
    });
    control.add("show", "", [0, 0], (asker) => asker.reply(this.#show()));
    control.add("exit", "", [0, 0], (asker) => {
      asker.reply();
      stop();
    });
  }

  [Symbol.dispose](): void {
    process.off(SWITCH, this.#switched);
    this.#control?.close();
  }

  #set(on: boolean): void {
    this.#on = on;
    if (this.#controller !== undefined) this.#controller.trace = on ? this.#filter : false;
    this.log("info", `trace is ${this.#state()}`);
  }

  #state(): string {
    return this.#on ? `on: ${this.#filter.filter === "" ? "all messages" : this.#filter.filter}` : "off";
  }

  #show(): string {
    const controller = this.#controller;
    if (controller === undefined) return "";
    const apps = controller.apps.map(({ name }) => `app ${name}\n`).join("");
    const switches = [...controller.datapaths.values()].map((dp) => `switch ${dp} at ${dp.peer}\n`).join("");
    return `${apps}${switches}trace ${this.#state()}\n`;
  }
}
