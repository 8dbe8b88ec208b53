import { viewOf } from "../../bytes/mod.js";
import { answersRequest, BundleRefused, type NameMap, portNames, rawReplies, tableNames } from "../../client/mod.js";
import { DecodeError, ERRNO_TEXT, SouthboundError } from "../../errors/mod.js";
import { encodeMessage, type Message } from "../../ofp/mod.js";
import { type Names, print, printBytes, type SyntaxOptions } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { OpenFlowError, type Vconn } from "../../vconn/mod.js";
import { broken, NAMING, openTarget, RECEIVING, reasonOf } from "./connect.js";
import { Exit, Fatal, writeError } from "./fatal.js";
import { type Settings, WHOLE } from "./settings.js";
import { type Choice, showMessage } from "./show-message.js";

/** What is done where nothing else is said: sending a request and waiting for its answer. */
const TALKING = "talking to";
/** The version from which on ports are a multipart message. */
const WITH_PORT_LISTS = 4;

/** Whether bytes are a multipart request. */
const isMultipartRequest = (bytes: Uint8Array): boolean => bytes[1] === (bytes[0] === 1 ? 16 : 18);

/** The names to print in place of numbers. */
interface ShownNames {
  readonly portNames?: Names | undefined;
  readonly tableNames?: Names | undefined;
}

/** Peers that come to us when they like: names are not asked of them. */
const PASSIVE = /^p(tcp|ssl|tls|unix|memif):/;

/** How an answer is shown. */
interface Showing {
  /** Called with the request before it is sent. */
  readonly sees?: ((bytes: Uint8Array) => void) | undefined;
  readonly choice?: Choice | undefined;
  /** Called with each part that was printed. */
  readonly shown?: (() => void) | undefined;
}

/** A switch that a command was given: its connections and its names, which are asked for once, on connections of their own. */
export class Target {
  readonly name: string;
  readonly settings: Settings;
  #ports: Promise<NameMap> | undefined;
  #tables: Promise<NameMap> | undefined;

  constructor(name: string, settings: Settings) {
    this.name = name;
    this.settings = settings;
  }

  /** Opens a connection of its own, to be closed by the caller. */
  open(): Promise<Vconn> {
    return openTarget(this.name, this.settings);
  }

  /** Ends the program for what went wrong on a connection, in the words of Open vSwitch. */
  fail(e: unknown, vconn: Vconn, context: string): Promise<never> {
    return this.#fail(e, vconn, context);
  }

  /** Runs something on a new connection, and prints what goes wrong as Open vSwitch does. */
  async use<T>(body: (vconn: Vconn) => Promise<T>, context = TALKING): Promise<T> {
    const vconn = await openTarget(this.name, this.settings);
    try {
      if (!this.settings.dryRun) return await body(vconn);
      // loaded for those who ask for it
      const dryRun = new (await import("./dry-run.js")).DryRun(this);
      dryRun.take(vconn);
      const result = await body(vconn);
      await dryRun.finish();
      return result;
    } catch (e) {
      return await this.#fail(e, vconn, context);
    } finally {
      // what was sent is answered by then, or nobody waits for it
      vconn.stream.destroy();
    }
  }

  /** Prints what a request is answered with. */
  async show(vconn: Vconn, request: Message, { sees, choice, shown }: Showing = {}): Promise<void> {
    const verbosity = this.settings.verbosity + 1;
    let asked: Uint8Array = new Uint8Array(0);
    const seen = (bytes: Uint8Array): void => {
      asked = bytes;
      sees?.(bytes);
    };
    try {
      for await (const part of rawReplies(vconn, request, seen)) {
        const options = { ...(await this.shown()), verbosity, log: this.settings.connection.log.note };
        showMessage(part, options, choice);
        shown?.();
        if (!answersRequest(part, asked)) throw new Fatal(`received bad reply: ${printBytes(part, options)}`);
      }
    } catch (e) {
      // Open vSwitch sends and receives the parts of these itself
      await this.#fail(e, vconn, isMultipartRequest(asked) ? RECEIVING : TALKING);
    }
  }

  /** Asks something on a new connection and prints the answer. */
  async ask(request: Message): Promise<void> {
    await this.use((vconn) => this.show(vconn, request));
  }

  /** What the names in a text stand for: asked for unless `--no-names` was given. */
  async accepted(): Promise<SyntaxOptions> {
    const log = this.settings.connection.log.note;
    if (this.settings.names === false || PASSIVE.test(this.name)) return { log };
    // tables first, as Open vSwitch does
    const tables = await this.#tableNames();
    return { tables: tables.numbers, ports: (await this.#portNames()).numbers, log };
  }

  /** The names that are printed: with `--names`, or on a terminal. */
  async shown(): Promise<ShownNames> {
    const { names } = this.settings;
    if (!(names ?? process.stdout.isTTY === true) || PASSIVE.test(this.name)) return {};
    const ports = await this.#portNames();
    return { portNames: ports.names, tableNames: (await this.#tableNames()).names };
  }

  /** Whether names are printed. */
  get showsNames(): boolean {
    return this.settings.names ?? process.stdout.isTTY === true;
  }

  /**
   * Asks for ports or tables on a new connection.
   * @param lists - the version from which on Open vSwitch receives the parts of the answer itself
   */
  asks<T>(body: (vconn: Vconn) => Promise<T>, lists = WITH_PORT_LISTS): Promise<T> {
    return this.use(async (vconn) => {
      try {
        return await body(vconn);
      } catch (e) {
        return await this.#fail(e, vconn, vconn.version < lists ? TALKING : NAMING);
      }
    });
  }

  #portNames(): Promise<NameMap> {
    this.#ports ??= this.asks(portNames);
    return this.#ports;
  }

  #tableNames(): Promise<NameMap> {
    this.#tables ??= this.asks(tableNames, 1);
    return this.#tables;
  }

  async #fail(e: unknown, vconn: Vconn, context: string): Promise<never> {
    if (e instanceof Fatal || e instanceof Exit || !SouthboundError.is(e) || e instanceof DecodeError) throw e;
    const about = context === TALKING ? `talking to ${vconn.name}` : context;
    if (e instanceof OpenFlowError) {
      writeError(print(e.error, { ...(await this.shown()), verbosity: this.settings.verbosity + WHOLE }));
      throw new Exit(1);
    }
    if (e instanceof BundleRefused) {
      await this.#showBundleErrors(e, vconn);
      throw new Fatal(`${about} (${e.result.errors.length > 0 ? ERRNO_TEXT.EPROTO : reasonOf(e.result.cause)})`);
    }
    if (e.code === "ERR_UNSUPPORTED" || e.code === "ERR_RANGE" || e.code === "ERR_USAGE" || e.code === "ERR_TOO_LONG")
      throw new Fatal(e.message);
    throw broken(about, e);
  }

  async #showBundleErrors({ result }: BundleRefused, vconn: Vconn): Promise<void> {
    const names = await this.shown();
    for (const { request, error } of result.errors) {
      const bytes = encodeMessage(request, vconn.version as Version);
      viewOf(bytes).setUint32(4, error.xid);
      writeError(`Error ${error.reason} for: ${printBytes(bytes, { ...names, verbosity: this.settings.verbosity + 1 })}`);
    }
  }
}
