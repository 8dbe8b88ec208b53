import type { Clock } from "../../clock/mod.js";
import { isMulticast } from "../../packet/mod.js";

/** How many stations are known at most, and after how many milliseconds without a packet one is forgotten, as in Open vSwitch. */
const MOST = 8_192;
const AGE = 300_000;

interface Station {
  readonly port: number;
  readonly seen: number;
}

/** Which port each station was last heard on, by VLAN: what `NORMAL` forwards by. IEEE 802.1Q §8.7 */
export class MacLearning {
  readonly #clock: Clock;
  /** The stations of each VLAN, in the order in which they were last heard. */
  readonly #vlans = new Map<number, Map<number, Station>>();
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many stations are known. */
  get size(): number {
    return this.#size;
  }

  /** Remembers that a station was heard on a port. @param mac - 48 bits @param vlan - 12 bits; 0 for frames without a tag */
  learn(vlan: number, mac: number, port: number): void {
    if (isMulticast(mac)) return;
    let stations = this.#vlans.get(vlan);
    if (stations === undefined) {
      stations = new Map();
      this.#vlans.set(vlan, stations);
    }
    const seen = this.#clock.now();
    const known = stations.get(mac);
    if (known !== undefined) stations.delete(mac);
    else {
      if (this.#size >= MOST) this.#forgetOne();
      this.#size++;
    }
    stations.set(mac, { port, seen });
  }

  /** The port on which a station was heard; undefined where it is not known. */
  find(vlan: number, mac: number): number | undefined {
    const station = this.#vlans.get(vlan)?.get(mac);
    return station === undefined || this.#clock.now() - station.seen > AGE ? undefined : station.port;
  }

  /** Forgets the stations of a port that went. */
  forget(port: number): void {
    for (const stations of this.#vlans.values())
      for (const [mac, station] of stations) if (station.port === port && stations.delete(mac)) this.#size--;
  }

  /** Forgets the station of the VLAN with the most stations that was not heard for the longest time, so that one VLAN does not crowd the others out. */
  #forgetOne(): void {
    let most: Map<number, Station> | undefined;
    for (const stations of this.#vlans.values()) if (most === undefined || stations.size > most.size) most = stations;
    for (const mac of most?.keys() ?? []) {
      most!.delete(mac);
      this.#size--;
      return;
    }
  }
}
