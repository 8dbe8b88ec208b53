import type { Clock } from "../../clock/mod.js";
import { type MeterMod, MeterModCommand, MeterNo } from "../../ofp/mod.js";
import { type Change, change } from "../work/change.js";
import { Refusal } from "../work/refusal.js";
import { Meter } from "./meter.js";

/** How many meters a switch has at most. */
export const MAX_METERS = 65_536;
/** How many bands a meter has at most. */
export const MAX_BANDS = 16;

/** The meters of a switch by their numbers. OpenFlow 1.3 §5.7, §6.6 */
export class MeterTable {
  readonly #clock: Clock;
  readonly #meters = new Map<number, Meter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(meterId: number): Meter | undefined {
    return this.#meters.get(meterId);
  }

  has(meterId: number): boolean {
    return this.#meters.has(meterId);
  }

  /** Lowest number first. */
  all(): readonly Meter[] {
    return [...this.#meters.values()].sort((a, b) => a.meterId - b.meterId);
  }

  /** The meters that a request means. @throws Refusal `OFPMMFC_UNKNOWN_METER` */
  named(meterId: number): readonly Meter[] {
    if (meterId === MeterNo.All) return this.all();
    const meter = this.#meters.get(meterId);
    if (meter === undefined) throw new Refusal("OFPMMFC_UNKNOWN_METER", `there is no meter ${meterId}`);
    return [meter];
  }

  /**
   * Prepares a change. OpenFlow 1.3 §7.3.4.4
   * @returns what carries it out, and the numbers of the meters that go by it
   * @throws Refusal with the OFPMMFC_ error
   */
  plan({ command, meterId, meterFlags, bands }: MeterMod): Change & { readonly gone: readonly number[] } {
    if (command > MeterModCommand.Delete) throw new Refusal("OFPMMFC_BAD_COMMAND", `meter-mod command ${command}`);
    if (command === MeterModCommand.Delete) {
      const gone = meterId === MeterNo.All ? [...this.#meters.keys()] : this.#meters.has(meterId) ? [meterId] : [];
      return {
        gone,
        ...change(
          this.#meters,
          gone.map((id) => [id, undefined]),
        ),
      };
    }
    const isReal = (meterId >= 1 && meterId <= MeterNo.Max) || meterId === MeterNo.Slowpath || meterId === MeterNo.Controller;
    if (!isReal) throw new Refusal("OFPMMFC_INVALID_METER", `meter ${meterId}: a meter has a number from 1 to ${MeterNo.Max}`);
    if (command === MeterModCommand.Add) {
      if (this.#meters.has(meterId)) throw new Refusal("OFPMMFC_METER_EXISTS", `there is a meter ${meterId} already`);
      if (this.#meters.size >= MAX_METERS) throw new Refusal("OFPMMFC_OUT_OF_METERS", `there are ${MAX_METERS} meters already`);
    } else if (!this.#meters.has(meterId)) throw new Refusal("OFPMMFC_UNKNOWN_METER", `there is no meter ${meterId}`);
    if (bands.length > MAX_BANDS) throw new Refusal("OFPMMFC_OUT_OF_BANDS", `${bands.length} bands, of which ${MAX_BANDS} may be`);
    if (bands.some((b) => b.type !== "drop" && b.type !== "dscp-remark"))
      throw new Refusal("OFPMMFC_BAD_BAND", "this switch has bands that drop and bands that remark the DSCP");
    const now = (): number => this.#clock.now();
    const made = new Meter({ meterId, flags: meterFlags, bands, created: now() }, now);
    return { gone: [], ...change(this.#meters, [[meterId, made]]) };
  }
}
