import { formatDpid } from "../bytes/mod.js";
import type { Clock } from "../clock/mod.js";
import { errnoError, type SouthboundError } from "../errors/mod.js";
import { EchoRequest } from "../ofp/mod.js";
import { type Version, versionName } from "../schema/mod.js";
import type { Log, Vconn } from "../vconn/mod.js";
import type { ChangeLog } from "./change-log.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import { auxiliaryOf, datapathOf, makeView } from "./datapath.js";
import { DatapathRecords, plainError } from "./datapath-record.js";
import { attach } from "./listening.js";
import type { Member } from "./member.js";
import { type CertificatePins, checkPin } from "./pins.js";
import { ProtocolError } from "./protocol-error.js";
import { Rivalry } from "./rivalry.js";
import type { Session, SetUp } from "./session.js";
import { type AddedHook, runHooks } from "./set-up-hooks.js";
import { switchSnapshot } from "./snapshot.js";
import type { StateEvents } from "./state-events.js";

/**
 * The policy for a switch that connects and whose datapath id is connected already. `newest`: it replaces the older connection, but within the pause behind a replacement, `duplicatePause`, it is treated as by
 * `oldest`, so that two peers that claim one id in turn do not throw each other out for ever. `oldest`: the older one is probed, and is replaced only if it does not answer.
 * `reject`: it is refused; a switch that has crashed gets in again when the keep-alive has noticed.
 */
export type DuplicatePolicy = "newest" | "oldest" | "reject";

/** What the registry needs of the controller's options. */
export interface RegistryOptions {
  readonly duplicates: DuplicatePolicy | undefined;
  /** Milliseconds of the first pause behind a replacement. */
  readonly duplicatePause: number;
  /** How many auxiliary connections may wait for their main ones. */
  readonly maxWaiting: number;
  /** How many switches that are not connected are remembered. */
  readonly maxRecords: number;
  /** Where changes of the read model go. */
  readonly changes: ChangeLog;
  readonly clock: Clock;
  readonly pins: CertificatePins | undefined;
  readonly probeTimeout: number;
  readonly uses: ConnectionOptions;
  readonly log: Log;
}

/** A connection that has finished its handshake but is not registered yet. */
export interface PendingConnection {
  readonly vconn: Vconn;
  readonly session: Session;
  readonly setUp: SetUp;
  /** Set when it has got its place. */
  connection?: Connection;
  left?: boolean;
}

/** The connected switches, and the applications that listen to them. */
export class Registry {
  /** What is remembered of each switch. */
  readonly records: DatapathRecords;
  readonly changes: ChangeLog;
  /** How many connections there are, set up or not. */
  connections: () => number = () => 0;
  /** The main connections by datapath id, those included whose set-up hooks run. */
  readonly mains = new Map<bigint, Connection>();
  readonly #joined = new Map<Connection, PendingConnection>();
  readonly #owners = new Set<Member>();
  /** Auxiliary connections whose main one is not there yet, by both ids. */
  readonly #waiting = new Map<string, PendingConnection>();
  readonly #options: RegistryOptions;
  readonly #rivalry: Rivalry;
  /** What runs before a switch is up, in the order of adding. */
  #hooks: readonly AddedHook[] = [];

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#rivalry = new Rivalry(options.clock, options.duplicatePause);
    this.changes = options.changes;
    this.records = new DatapathRecords(options.maxRecords, ({ name }) => options.changes.add({ kind: "switch-forgotten", dpid: name }));
  }

  /** The main connections of the switches that are up. */
  get ups(): Connection[] {
    return [...this.mains.values()].filter((main) => main.announced);
  }

  /** The main connection of a switch that is up. */
  up(id: bigint): Connection | undefined {
    const main = this.mains.get(id);
    return main?.announced === true ? main : undefined;
  }

  /** The applications that are loaded. */
  get apps(): Member[] {
    return [...this.#owners].filter((owner) => owner.name !== "");
  }

  /** Adds a set-up hook. @returns what removes it */
  addHook(added: AddedHook): () => void {
    this.#hooks = [...this.#hooks, added];
    return () => {
      this.#hooks = this.#hooks.filter((hook) => hook !== added);
    };
  }

  /** Takes in an application. */
  add(owner: Member): void {
    this.#owners.add(owner);
    if (owner.name !== "") this.changes.add({ kind: "app-loaded", app: owner.name });
    for (const main of this.ups) owner.datapaths.set(main.features.datapathId, datapathOf(main, owner));
  }

  /** Takes an application away, with everything that it has. */
  remove(owner: Member): void {
    owner.over = true;
    const known = this.#owners.delete(owner) && owner.name !== "";
    this.#hooks = this.#hooks.filter((hook) => hook.owner !== owner);
    for (const end of [...owner.ends]) end();
    owner.states.clear();
    owner.wide.clear();
    owner.datapaths.clear();
    // behind the end of its own loops
    if (known) this.changes.add({ kind: "app-unloaded", app: owner.name });
    for (const connection of this.#joined.keys()) connection.forget(owner);
  }

  /** Whether anybody listens to what comes before set-up. */
  get watched(): boolean {
    for (const owner of this.#owners) if ((owner.states.get("presetup")?.length ?? 0) > 0) return true;
    return false;
  }

  /** Calls all listeners of a state. @param args - what one of them is called with */
  tell<E extends keyof StateEvents>(event: E, args: (owner: Member) => StateEvents[E]): void {
    for (const owner of [...this.#owners]) {
      for (const listener of owner.states.get(event) ?? []) {
        // it may have been taken away by one of those before it
        if (owner.states.get(event)?.includes(listener) === true)
          owner.call(event, listener as (...args: readonly unknown[]) => unknown, ...args(owner));
      }
    }
  }

  /** Registers a connection, or refuses it. */
  join(joining: PendingConnection): void {
    const { vconn, setUp } = joining;
    const { features } = setUp;
    const name = describe(joining);
    const wrong = checkPin(this.#options.pins, features.datapathId, vconn.stream.certificate, name);
    if (wrong !== null) {
      vconn.abandon(ProtocolError.from(wrong)!);
      return;
    }
    const main = this.mains.get(features.datapathId);
    const old = features.auxiliaryId === 0 ? main : main?.auxiliaries.get(features.auxiliaryId);
    if (features.auxiliaryId !== 0) {
      const refusal = main === undefined ? null : misfit(main, vconn);
      if (refusal !== null) {
        vconn.abandon(new ProtocolError(`${name}: refused, since it ${refusal}`));
        return;
      }
    }
    if (old === undefined || old.vconn.state !== "connected") this.#settle(joining, old);
    else this.#duplicate(joining, old, name);
  }

  /** A connection has ended, or is given up. */
  leave(joining: PendingConnection, error: SouthboundError | null): void {
    if (joining.left === true) return;
    joining.left = true;
    const { connection, setUp } = joining;
    const key = keyOf(setUp);
    if (this.#waiting.get(key) === joining) this.#waiting.delete(key);
    if (connection === undefined) return;
    this.#joined.delete(connection);
    const { features, main } = connection;
    const why = error === null ? "" : `: ${error.message}`;
    this.#options.log("info", `${describe(joining)} is down${why}`);
    if (main === connection) {
      if (this.mains.get(features.datapathId) === connection) this.mains.delete(features.datapathId);
      if (connection.announced)
        this.changes.add({ kind: "switch-down", dpid: connection.record.name, error: error === null ? null : plainError(error) });
      this.records.down(connection.record, error);
      for (const owner of this.#owners) {
        if (owner.datapaths.get(features.datapathId) === connection.view(owner)) owner.datapaths.delete(features.datapathId);
      }
      if (connection.announced) this.tell("down", (owner) => [datapathOf(connection, owner), error]);
      for (const auxiliary of [...connection.auxiliaries.values()]) {
        this.#end(auxiliary, errnoError("ECONNABORTED", `${auxiliary.vconn.name}: its main connection ended`));
      }
    } else {
      if (main.auxiliaries.get(features.auxiliaryId) === connection) main.auxiliaries.delete(features.auxiliaryId);
      this.changes.add({
        kind: "auxiliary-down",
        dpid: connection.record.name,
        auxiliaryId: features.auxiliaryId,
        peer: connection.vconn.name,
      });
      this.tell("auxiliary-down", (owner) => [auxiliaryOf(connection, owner), error]);
    }
    connection.end();
  }

  #duplicate(joining: PendingConnection, old: Connection, name: string): void {
    const { vconn } = joining;
    const policy = this.#policy(vconn);
    const refuse = (): void => vconn.abandon(new ProtocolError(`${name}: refused, since ${old.vconn.name} has the same datapath id`));
    if (policy === "newest" && this.#rivalry.claim(joining.setUp.features.datapathId)) this.#settle(joining, old);
    else if (policy === "reject") refuse();
    else {
      old.vconn.transact(EchoRequest.of(), { timeout: this.#options.probeTimeout }).then(refuse, (e: SouthboundError) => {
        // an error of the switch is an answer too
        if (e.code === "ERR_OPENFLOW") return refuse();
        if (e.code === "ERR_TIMEOUT")
          this.#end(
            old,
            errnoError("ETIMEDOUT", `${old.vconn.name}: no answer while ${vconn.name}, which has the same datapath id, waits`),
          );
        if (vconn.state === "connected") this.join(joining);
      });
    }
  }

  /** Gives a connection its place, which an older one may have. */
  #settle(joining: PendingConnection, old: Connection | undefined): void {
    const { vconn, session, setUp } = joining;
    const { features, ports } = setUp;
    const { uses, log } = this.#options;
    if (old !== undefined)
      this.#end(old, new ProtocolError(`${old.vconn.name}: replaced by ${vconn.name}, which has the same datapath id`));
    const auxiliary = features.auxiliaryId !== 0;
    const main = auxiliary ? this.up(features.datapathId) : undefined;
    if (auxiliary && main === undefined) {
      const key = keyOf(setUp);
      const before = this.#waiting.get(key);
      if (before?.vconn.state === "connected" && this.#policy(vconn) !== "newest") {
        vconn.abandon(new ProtocolError(`${describe(joining)}: refused, since ${before.vconn.name} has the same auxiliary id`));
        return;
      }
      if (before === undefined && this.#waiting.size >= this.#options.maxWaiting) {
        vconn.abandon(
          new ProtocolError(`${describe(joining)}: refused, since ${this.#waiting.size} wait for their main connections already`),
        );
        return;
      }
      this.#waiting.set(key, joining);
      session.wait("its main connection is not there");
      before?.vconn.abandon(new ProtocolError(`${before.vconn.name}: replaced by ${vconn.name}, which has the same auxiliary id`));
      return;
    }
    const record = main?.record ?? this.records.of(features.datapathId, vconn.version as Version);
    const connection = new Connection(vconn, features, ports, main ?? null, uses, makeView, record);
    joining.connection = connection;
    this.#joined.set(connection, joining);
    if (main !== undefined) {
      main.auxiliaries.set(features.auxiliaryId, connection);
      this.#announced(connection, session);
      log("info", `${describe(joining)} is up`);
      this.changes.add({ kind: "auxiliary-up", dpid: record.name, auxiliaryId: features.auxiliaryId, peer: vconn.name });
      this.tell("auxiliary-up", (owner) => [auxiliaryOf(connection, owner)]);
      session.start((type, c, p, end) => connection.receive(type, c, p, end));
      return;
    }
    this.mains.set(features.datapathId, connection);
    if (this.#hooks.length === 0) this.#announce(joining, connection);
    else {
      session.prepare();
      void runHooks(this.#hooks, connection, this.#options.clock).then((error) => {
        if (connection.ended || joining.left === true) return;
        if (error === null) this.#announce(joining, connection);
        else this.#end(connection, error);
      });
    }
  }

  /** A switch is up: its listeners hear it, and get its messages. */
  #announce(joining: PendingConnection, connection: Connection): void {
    const { session, setUp } = joining;
    const { features, ports } = setUp;
    this.#announced(connection, session);
    for (const owner of this.#owners) {
      owner.datapaths.set(features.datapathId, datapathOf(connection, owner));
      for (const listener of owner.wide) attach(listener, connection);
    }
    this.#options.log("info", `${describe(joining)} is up with ${ports.length} ports`);
    connection.record.up(connection.version);
    this.changes.add({ kind: "switch-up", switch: switchSnapshot(connection.record, connection) }, ports.length);
    this.tell("up", (owner) => [datapathOf(connection, owner)]);
    session.start((type, c, p, end) => connection.receive(type, c, p, end));
    for (const [key, waiting] of this.#waiting) {
      if (waiting.setUp.features.datapathId !== features.datapathId) continue;
      this.#waiting.delete(key);
      this.join(waiting);
    }
  }

  #announced(connection: Connection, session: Session): void {
    connection.announced = true;
    connection.since = Date.now();
    connection.setUpMs = this.#options.clock.now() - session.begun;
    connection.dropped = session.dropped;
  }

  #policy(vconn: Vconn): DuplicatePolicy {
    return this.#options.duplicates ?? (vconn.stream.kind === "ssl" ? "reject" : "newest");
  }

  #end(connection: Connection, error: SouthboundError): void {
    const joining = this.#joined.get(connection);
    // reported at once, so that the end of an old connection comes before the start of the new one
    if (joining !== undefined) this.leave(joining, error);
    connection.vconn.abandon(error);
  }
}

/** Why a connection cannot be an auxiliary one of this main connection; null where it can. */
function misfit(main: Connection, vconn: Vconn): string | null {
  if (vconn.version !== main.version)
    return `speaks OpenFlow ${versionName(vconn.version)} and its main connection ${versionName(main.version)}`;
  const shown = main.vconn.stream.certificate;
  if (shown !== null && vconn.stream.certificate?.fingerprint !== shown.fingerprint)
    return "has not the certificate of its main connection";
  return null;
}

const keyOf = ({ features }: SetUp): string => `${features.datapathId}/${features.auxiliaryId}`;

function describe({ vconn, setUp }: PendingConnection): string {
  const { datapathId, auxiliaryId } = setUp.features;
  return `${formatDpid(datapathId)}${auxiliaryId === 0 ? "" : `/${auxiliaryId}`} (OpenFlow ${versionName(vconn.version)}, ${vconn.name})`;
}
