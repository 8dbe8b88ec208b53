import { type Band, MeterFlags } from "../../ofp/mod.js";
import { FIELD_EDITS } from "../actions/edit-field.js";
import type { Packet } from "../packet/packet.js";

/** A band of a meter: a bucket of tokens that fills at its rate. */
export interface MeterBand {
  readonly band: Extract<Band, { readonly type: "drop" | "dscp-remark" }>;
  /** What the bucket holds at most, and now: thousandths of bits or of packets. */
  readonly most: number;
  left: number;
  packets: number;
  bytes: number;
}

const setDscp = FIELD_EDITS.get("ipDscp") as unknown as (packet: Packet, value: number) => void;

/** The drop precedence of an assured forwarding class is bits 1 and 2 of its DSCP; RFC 2597 §6 */
function remark(packet: Packet, level: number): void {
  packet.words();
  const { ipDscp } = packet.key;
  if (ipDscp === undefined) return;
  const precedence = (ipDscp >>> 1) & 3;
  const isAssured = ipDscp >>> 3 >= 1 && ipDscp >>> 3 <= 4 && precedence !== 0 && (ipDscp & 1) === 0;
  if (isAssured) setDscp(packet, (ipDscp & ~6) | (Math.min(3, precedence + level) << 1));
}

/** A meter: what becomes of packets above a rate. OpenFlow 1.3 §5.7 */
export class Meter {
  readonly meterId: number;
  readonly flags: number;
  readonly bands: readonly MeterBand[];
  /** When it was added, in the clock's milliseconds. */
  readonly created: number;
  packets = 0;
  bytes = 0;
  #filled: number;
  readonly #now: () => number;

  constructor(init: Pick<Meter, "meterId" | "flags" | "created"> & { readonly bands: readonly Band[] }, now: () => number) {
    this.meterId = init.meterId;
    this.flags = init.flags;
    this.created = init.created;
    this.#now = now;
    this.#filled = now();
    this.bands = init.bands.flatMap((band) => {
      if (band.type !== "drop" && band.type !== "dscp-remark") return [];
      // as Open vSwitch: without a burst, what comes in a second
      const burst = (init.flags & MeterFlags.Burst) !== 0 && band.burstSize > 0 ? band.burstSize : band.rate;
      const most = burst * this.#unit;
      return [{ band, most, left: most, packets: 0, bytes: 0 }];
    });
  }

  /** Tokens of a kilobit, which are bits, or of a packet. */
  get #unit(): number {
    return (this.flags & MeterFlags.Pktps) !== 0 ? 1 : 1000;
  }

  /** Counts a packet; of the bands whose rates are exceeded, the one with the highest rate takes effect. @returns whether the packet may go on */
  take(packet: Packet): boolean {
    const cost = (this.flags & MeterFlags.Pktps) !== 0 ? 1 : packet.length * 8;
    this.packets++;
    this.bytes += packet.length;
    this.#fill();
    let hit: MeterBand | undefined;
    for (const band of this.bands) {
      if (band.left >= cost) band.left -= cost;
      else if (hit === undefined || band.band.rate > hit.band.rate) hit = band;
    }
    if (hit === undefined) return true;
    hit.packets++;
    hit.bytes += packet.length;
    if (hit.band.type === "drop") return false;
    remark(packet, hit.band.precLevel);
    return true;
  }

  #fill(): void {
    const now = this.#now();
    const seconds = (now - this.#filled) / 1000;
    if (seconds <= 0) return;
    this.#filled = now;
    for (const band of this.bands) band.left = Math.min(band.most, band.left + seconds * band.band.rate * this.#unit);
  }
}
