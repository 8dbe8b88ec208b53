import type { ChangeLog } from "./change-log.js";
import type { Connection } from "./connection.js";
import type { DatapathRecord } from "./datapath-record.js";
import type { Member } from "./member.js";
import {
  type AppSnapshot,
  type ChannelSnapshot,
  type ControllerSnapshot,
  type FeaturesSnapshot,
  MODEL_FORMAT,
  type SwitchSnapshot,
} from "./model.js";
import { bitNames } from "./snapshot-of-port.js";

function channelSnapshot(connection: Connection): ChannelSnapshot {
  const { vconn, features, version, since, setUpMs, dropped, strange } = connection;
  const { name, echoMs, stream, waiting, sent, sentBytes, received, receivedBytes, faults } = vconn;
  return {
    peer: name,
    auxiliaryId: features.auxiliaryId,
    version,
    since,
    setUpMs,
    echoMs,
    queuedBytes: stream.queued,
    congested: stream.congested,
    inFlight: waiting,
    sent,
    sentBytes,
    received,
    receivedBytes,
    drops: { early: dropped, unreadable: faults, foreign: strange },
  };
}

function featuresSnapshot({ features }: Connection): FeaturesSnapshot {
  const { nTables, nBuffers } = features;
  return {
    tables: nTables,
    buffers: nBuffers,
    capabilities: bitNames((features.toJSON() as { readonly capabilities: unknown }).capabilities),
  };
}

/** A switch as plain data. @param main - its main connection; undefined where it is not connected */
export function switchSnapshot(record: DatapathRecord, main: Connection | undefined): SwitchSnapshot {
  const { name, firstSeen, lastSeen, connections, version, errors, lastErrors } = record;
  const auxiliaries = main === undefined ? [] : [...main.auxiliaries.values()];
  return {
    dpid: name,
    connected: main !== undefined,
    firstSeen,
    lastSeen,
    connections,
    version,
    errors: Object.fromEntries(errors),
    lastErrors: [...lastErrors],
    features: main === undefined ? null : featuresSnapshot(main),
    ports: main?.portList ?? [],
    channels: main === undefined ? [] : [main, ...auxiliaries].map(channelSnapshot),
  };
}

const appSnapshot = (owner: Member): AppSnapshot => ({
  name: owner.name,
  since: owner.since,
  counters: { ...owner.counters },
  state: owner.state(),
});

/** What there is to be shown. */
export interface Shown {
  readonly connections: number;
  readonly records: Iterable<DatapathRecord>;
  readonly apps: Iterable<Member>;
  readonly changes: ChangeLog;
  /** The main connection of a switch that is up. */
  main(id: bigint): Connection | undefined;
}

/** All of it, at this moment. */
export function controllerSnapshot(shown: Shown): ControllerSnapshot {
  const { connections, records, apps, changes } = shown;
  return {
    format: MODEL_FORMAT,
    instance: changes.instance,
    revision: changes.revision,
    time: Date.now(),
    connections,
    switches: Array.from(records, (record) => switchSnapshot(record, shown.main(record.id))),
    apps: Array.from(apps, appSnapshot),
  };
}
