import { type Clock, systemClock } from "../clock/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import type { KnownMessage } from "../ofp/mod.js";
import { VERSIONS, type Version } from "../schema/mod.js";
import { CONNECT_OPTIONS, LISTEN_OPTIONS, type Listener, type ListenOptions, listen, type Stream } from "../stream/mod.js";
import { DEFAULT_VERSIONS, KeepAlive, type Log, Rconn, type RconnOptions, silent, Trace, Vconn, VersionMismatch } from "../vconn/mod.js";
import { ChangeLog } from "./change-log.js";
import type { Newcomer } from "./events.js";
import { Member } from "./member.js";
import { type OwnerLimits, ownerOfError } from "./owner.js";
import type { CertificatePins } from "./pins.js";
import { PortBudget } from "./port-budget.js";
import { ProtocolError } from "./protocol-error.js";
import { type DuplicatePolicy, type PendingConnection, Registry } from "./registry.js";
import { type App, AppScope, Scope } from "./scope.js";
import { Session } from "./session.js";
import { SwitchConnection } from "./switch-connection.js";
import { VersionAdvice } from "./version-advice.js";

/** The options of a controller. */
export interface ControllerOptions {
  /** The versions to offer; 1.0 and 1.3 unless given. */
  readonly versions?: readonly Version[] | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds for a switch's hello; default 10,000. */
  readonly helloTimeout?: number | undefined;
  /** Milliseconds for its features and ports, and for an auxiliary connection until its main one is there; default 30,000. */
  readonly featuresTimeout?: number | undefined;
  /** Milliseconds of silence until a switch is probed; default 10,000. `Infinity`: never. */
  readonly probeInterval?: number | undefined;
  /** Milliseconds for the answer to a probe; default 3,000. */
  readonly probeTimeout?: number | undefined;
  /** Two switches with one datapath id; default `reject` over TLS, where a datapath id may be somebody else's, and `newest` otherwise. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /**
   * Milliseconds after a switch has replaced another of its datapath id in which a third one may not: it is answered as by `oldest` then. Doubled with each replacement, up to 60,000, until a minute has
   * passed without any. Default 1,000; 0: none.
   */
  readonly duplicatePause?: number | undefined;
  /** How many auxiliary connections may wait at a time until their main ones are there; more are refused. Each keeps 16 KiB at most of what it says meanwhile. Default 256. */
  readonly maxWaitingAuxiliaries?: number | undefined;
  /** How many switches that are not connected are remembered, see `Scope.records`; the one that was seen least recently is forgotten first. Default 4,096. */
  readonly maxRecords?: number | undefined;
  /** The certificates that datapath ids are pinned to: a switch of such an id is refused without it, and never replaces one that is there. Default: none. */
  readonly pins?: CertificatePins | undefined;
  /** How many messages are kept that come before set-up; default 100. */
  readonly maxEarlyMessages?: number | undefined;
  /** How many bytes of them; default 256 KiB. */
  readonly maxEarlyBytes?: number | undefined;
  /** How many events wait at most in one loop of `events()`; default 1,000. */
  readonly eventLimit?: number | undefined;
  /** How many asynchronous listeners of messages one application may have under way; default 1,000. Events that come then are dropped for those listeners and counted. */
  readonly maxPending?: number | undefined;
  /** How many bytes one application may send on one connection while the switch takes none; default 1 MiB, which is more than the answers to one read. Then `send` throws `ENOBUFS`. */
  readonly sendBudget?: number | undefined;
  /** Whether `role` and `setAsyncConfig` may use Nicira's messages where the version has none; applications ask `dp.nicira`. Default true. */
  readonly nicira?: boolean | undefined;
  /** Whether applications may make groups that lead to other groups, which not every switch takes: they ask `dp.groupChaining`. Default true. */
  readonly groupChaining?: boolean | undefined;
  /** Whether a flow-mod or a request for flows whose match has a field without the one that it depends on, such as `tcpDst` without `ipProto`, is refused before it is sent (`strict`, the default) or left to the switch (`loose`). What a `shape` or a `maker` has made is always left to it. */
  readonly prerequisites?: "strict" | "loose" | undefined;
  /** Whether the first features reply counts, whatever its transaction id: for old switches that do not repeat ours. Default false: one line says that such a reply came. */
  readonly anyFeaturesXid?: boolean | undefined;
  /** How many messages in a row may not be readable until a connection is given up; default 100. See `VconnOptions.maxFaults`. */
  readonly maxFaults?: number | undefined;
  /** Logs each message on debug level, or those that a `Trace` shows, as `ovs-ofctl` prints it, up to 600 a minute on each connection. Default false. {@link Controller.trace} changes it. */
  readonly trace?: boolean | Trace | undefined;
  /** Where one line goes for each event and each thing that went wrong; nowhere unless given. */
  readonly log?: Log | undefined;
}

/** The options of listening for switches. The limits are those of `listen`. */
export interface ControllerListenOptions extends Omit<ListenOptions, "onStream"> {
  /** The versions to offer to those that connect there; the controller's unless given. */
  readonly versions?: readonly Version[] | undefined;
  /** The versions to offer to the peer of an accepted stream, chosen by its name or certificate; undefined: those of `versions`. */
  readonly versionsFor?: ((stream: Stream) => readonly Version[] | undefined) | undefined;
}

/** The options of connecting to a switch that listens. */
export interface ControllerConnectOptions extends Pick<RconnOptions, "maxBackoff" | "jitter" | "stream"> {
  /** The versions to offer; the controller's unless given. */
  readonly versions?: readonly Version[] | undefined;
  /** Closes the connection for good when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of running an application. */
export interface UseOptions {
  /** Its name in the log; default: the function's name. */
  readonly name?: string | undefined;
}

const CONTROLLER_OPTIONS: OptionTable<ControllerOptions> = {
  versions: "list",
  clock: "clock",
  helloTimeout: "number",
  featuresTimeout: "number",
  probeInterval: "number",
  probeTimeout: "number",
  duplicates: ["reject", "newest", "oldest"],
  duplicatePause: "number",
  maxWaitingAuxiliaries: "number",
  maxRecords: "number",
  pins: "object",
  maxEarlyMessages: "number",
  maxEarlyBytes: "number",
  eventLimit: "number",
  maxPending: "number",
  sendBudget: "number",
  nicira: "boolean",
  groupChaining: "boolean",
  prerequisites: ["strict", "loose"],
  anyFeaturesXid: "boolean",
  maxFaults: "number",
  trace: "any",
  log: "function",
};

const { onStream: _, ...LIMITS } = LISTEN_OPTIONS;
const LISTEN: OptionTable<ControllerListenOptions> = { ...LIMITS, versions: "list", versionsFor: "function" };

const CONNECT: OptionTable<ControllerConnectOptions> = {
  maxBackoff: "number",
  jitter: "number",
  stream: CONNECT_OPTIONS,
  versions: "list",
  signal: "signal",
};

function checkVersions(versions: readonly Version[]): void {
  if (versions.length > 0 && versions.every((v) => VERSIONS.includes(v))) return;
  throw new SouthboundError(
    "ERR_USAGE",
    `versions is [${versions.join(", ")}]; name one at least, by their numbers on the wire: ${VERSIONS.join(", ")}`,
  );
}

const PROBE_TIMEOUT = 3_000;

/**
 * A server for switches: it accepts their connections, sets them up, and calls listeners. `docs/guide` shows how an application is written on it.
 */
export class Controller extends Scope implements AsyncDisposable {
  readonly #vconns = new Set<Vconn>();
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Set<SwitchConnection>();
  readonly #apps = new Set<AppScope>();
  readonly #ending = new AbortController();
  readonly #advice = new VersionAdvice();
  #trace: boolean | Trace = false;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: OwnerLimits;
  readonly #keepAlive: KeepAlive;
  readonly #budget = new PortBudget();
  #closed = false;

  /** @throws SouthboundError `ERR_USAGE` for no version, or one that there is not */
  constructor(options: ControllerOptions = {}) {
    checkOptions("Controller", options, CONTROLLER_OPTIONS);
    const { clock = systemClock, log = silent, probeInterval, probeTimeout = PROBE_TIMEOUT, duplicates, pins } = options;
    const { nicira = true, groupChaining = true, maxPending: pending = 1_000, eventLimit: events = 1_000, sendBudget = 0x100000 } = options;
    const limits = { pending, events, sendBudget };
    const { duplicatePause = 1_000, maxWaitingAuxiliaries: maxWaiting = 256, maxRecords = 4_096 } = options;
    const changes = new ChangeLog();
    const places = {
      duplicates,
      duplicatePause,
      maxWaiting,
      maxRecords,
      changes,
      pins,
      probeTimeout,
      uses: { nicira, groupChaining, loose: options.prerequisites === "loose", clock, log, changes },
      clock,
      log,
    };
    super(new Registry(places), new Member("", clock, limits, log));
    const { versions = DEFAULT_VERSIONS } = options;
    checkVersions(versions);
    this.registry.connections = () => this.#vconns.size;
    this.trace = options.trace ?? false;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#limits = limits;
    this.#keepAlive = new KeepAlive({ clock, interval: probeInterval, timeout: probeTimeout, measure: true });
  }

  /** How many connections there are, set up or not. */
  get connections(): number {
    return this.#vconns.size;
  }

  /** Which messages of its connections are logged: none, all, or those of a `Trace`. It may be set at any time. @throws SouthboundError `ERR_USAGE` for anything else */
  get trace(): boolean | Trace {
    return this.#trace;
  }

  set trace(trace: boolean | Trace) {
    if (typeof trace !== "boolean" && !(trace instanceof Trace))
      throw new SouthboundError("ERR_USAGE", `trace is ${JSON.stringify(trace)}; accepted are true, false and a Trace`);
    this.#trace = trace;
    for (const connection of this.#connections) connection.trace = trace;
    for (const vconn of this.#vconns) vconn.trace = trace;
  }

  /**
   * The application that an error came from: its request was rejected with it. Undefined for any other error. For a program that runs applications of others: a promise that nobody awaits comes up as an
   * `unhandledRejection` of the process.
   */
  appOf(error: unknown): AppScope | undefined {
    const owner = ownerOfError(error);
    return owner === undefined ? undefined : this.apps.find((app) => app.isOf(owner));
  }

  /** The applications that are loaded. */
  get apps(): readonly AppScope[] {
    return [...this.#apps];
  }

  /**
   * Runs an application. Load it before switches connect: it gets `up` for those that connect later, and finds the others in `datapaths`. What it throws is thrown on, and it is unloaded then; it is
   * unloaded, too, when it returns a promise that rejects, which is counted and logged.
   * @returns its hold of this controller, by which it is unloaded again
   */
  use(app: App, options: UseOptions = {}): AppScope {
    checkOptions("use", options, { name: "string" });
    if (typeof app !== "function")
      throw new SouthboundError(
        "ERR_USAGE",
        `an application is a function that gets the controller, and not ${app === null ? "null" : typeof app}`,
      );
    const owner = new Member(options.name ?? (app.name || "anonymous"), this.#clock, this.#limits, this.#log);
    const scope: AppScope = new AppScope(this.registry, owner, () => this.#apps.delete(scope));
    this.#apps.add(scope);
    scope.start(app);
    return scope;
  }

  /**
   * Accepts switches at a passive name such as `ptcp:6653:127.0.0.1` or `punix:/run/southbound.sock`. With `retryInterval` it waits for a place that is taken; closing the controller ends the wait with `ERR_ABORTED`.
   * @returns the listener, whose name has the port that was really bound
   * @throws SouthboundError `EADDRINUSE`, `EACCES`, `EAFNOSUPPORT` and the like, as a rejection; `ERR_ABORTED`, `ERR_USAGE` for versions that there are not
   */
  async listen(target: string, options: ControllerListenOptions = {}): Promise<Listener> {
    checkOptions("listen", options, LISTEN);
    const { versions, versionsFor, signal, ...rest } = options;
    if (versions !== undefined) checkVersions(versions);
    const listener = await listen(target, {
      clock: this.#clock,
      onError: (error) => this.#log("warn", error.message),
      ...rest,
      signal: signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]),
      onStream: (stream) => this.accept(stream, versionsFor?.(stream) ?? versions),
    });
    if (this.#closed) {
      await listener.close();
      throw new SouthboundError("ERR_CLOSED", `${target}: the controller was closed meanwhile`);
    }
    this.#listeners.add(listener);
    void listener.closed.then(() => this.#listeners.delete(listener));
    this.#log("info", `listening on ${listener.name}`);
    return listener;
  }

  /**
   * Connects to a switch that listens, at an active name such as `tcp:192.0.2.1:6653` or `unix:/var/run/openvswitch/br0.mgmt`, and again whenever the connection ends, with the pauses of `Rconn`. The switch is set up as one
   * that connects here, and its events are the same.
   * @throws SouthboundError `EAFNOSUPPORT` for a bad name, `ENOPROTOOPT` for `ssl:` without keys, `ERR_USAGE` for bad options, `ERR_CLOSED` when the controller is closed, `ERR_ABORTED` for a signal that is aborted already
   */
  connect(target: string, options: ControllerConnectOptions = {}): SwitchConnection {
    checkOptions("connect", options, CONNECT);
    const { signal, versions = this.#options.versions ?? DEFAULT_VERSIONS, ...rest } = options;
    checkVersions(versions);
    if (this.#closed) throw new SouthboundError("ERR_CLOSED", `${target}: the controller is closed`);
    if (signal?.aborted === true) throw new SouthboundError("ERR_ABORTED", `connecting to ${target} was aborted`, { cause: signal.reason });
    const { maxFaults } = this.#options;
    // Probes are the controller's own, as for the switches that connect here.
    const rconn = new Rconn({
      ...rest,
      versions,
      trace: this.#trace,
      maxFaults,
      clock: this.#clock,
      log: this.#log,
      probeInterval: 0,
      onVconn: (vconn) => this.#serve(vconn),
    });
    rconn.connect(target);
    const connection: SwitchConnection = new SwitchConnection(rconn, signal, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection;
  }

  /**
   * Serves a switch at the other end of a stream, of whatever kind. The stream belongs to the controller from then on.
   * @param versions - the versions to offer; the controller's unless given
   */
  accept(stream: Stream, versions?: readonly Version[]): void {
    if (this.#closed || stream.state === "closed") {
      stream.destroy();
      return;
    }
    const { helloTimeout, maxFaults } = this.#options;
    const trace = this.#trace;
    const offered = versions ?? this.#options.versions;
    this.#serve(new Vconn(stream, { versions: offered, helloTimeout, trace, maxFaults, clock: this.#clock, log: this.#log }));
  }

  /** Unloads the applications, stops listening and ends every connection in order. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const app of this.#apps) app.unload();
    this.#ending.abort(new SouthboundError("ERR_CLOSED", "the controller was closed"));
    const holding: readonly { close(): Promise<void> }[] = [...this.#listeners, ...this.#connections, ...this.#vconns];
    await Promise.all(holding.map((held) => held.close()));
    for (const end of [...this.owner.ends]) end();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(vconn: Vconn): void {
    this.#vconns.add(vconn);
    this.#keepAlive.add(vconn);
    let session: Session | undefined;
    let joining: PendingConnection | undefined;
    vconn.onUp = () => {
      session = this.#session(vconn, (made) => {
        joining = made;
      });
    };
    vconn.onClose = (error) => {
      session?.end();
      this.#keepAlive.remove(vconn);
      this.#vconns.delete(vconn);
      if (error instanceof VersionMismatch) this.#advise(vconn.name, error);
      if (joining?.connection === undefined && error !== null)
        this.#log("debug", `${vconn.name} ended before it was set up: ${error.message}`);
      if (joining !== undefined) this.registry.leave(joining, ProtocolError.from(error));
    };
  }

  #advise(peer: string, error: VersionMismatch): void {
    const advice = this.#advice.for(error);
    if (advice !== undefined) this.#log("warn", `${peer}: ${advice}`);
  }

  #session(vconn: Vconn, joined: (joining: PendingConnection) => void): Session {
    const { featuresTimeout = 30_000, maxEarlyMessages = 100, maxEarlyBytes = 0x40000, anyFeaturesXid = false } = this.#options;
    const from: Newcomer = { peer: vconn.name, version: vconn.version as Version };
    const options = {
      clock: this.#clock,
      log: this.#log,
      timeout: featuresTimeout,
      maxMessages: maxEarlyMessages,
      maxBytes: maxEarlyBytes,
      anyFeaturesXid,
      budget: this.#budget,
      watched: () => this.registry.watched,
      early: (message: KnownMessage) => this.registry.tell("presetup", () => [message, from]),
    };
    return new Session(vconn, options, (setUp, session) => {
      const joining: PendingConnection = { vconn, session, setUp };
      joined(joining);
      this.registry.join(joining);
    });
  }
}
