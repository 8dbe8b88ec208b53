import {
  bytes,
  type Element,
  type EntryClass,
  type EntryShape,
  entryClass,
  enumeration,
  type Field,
  type Fields,
  field,
  lift,
  list,
  type Member,
  Parts,
  type Slot,
  U8,
  type UnionHeader,
  type UnknownElement,
  u16,
  u32,
  union,
} from "../../schema/mod.js";
import { FLAG } from "../flag.js";
import { PacketInReason } from "../packet/packet-in-reason.js";
import { actionForms, nicira } from "./header.js";

/** What every property of the action begins with: its type, and its length without the padding to 8 bytes behind it. */
const PROPERTY: UnionHeader = {
  frame: { lengthAt: 2, min: 4, align: 8, counted: false, reason: "OFPBPC_BAD_LEN" },
  part: (_version, [type]) => (type === undefined ? { at: 0, size: 2 } : undefined),
};

const property = <const N extends string, const F extends Fields>(
  name: string,
  type: N,
  key: number,
  fields: F,
  slots: readonly Slot<F>[],
): EntryClass<F, EntryShape<N, F>> => entryClass<F, EntryShape<N, F>>(name, type, PROPERTY, fields, { "1.0+": { key: [key], slots } });

const maxLen = u16(0xffff, { unit: "bytes" });
const controllerId = u16();
const reason = enumeration(U8, PacketInReason, PacketInReason.Action);
const userdata = bytes();
const pause: Field<boolean> = field(FLAG, false);
const meterId = u32();

/** That a property is there. */
const PRESENT = new Parts("present", ["pause"], () => ({
  extent: (_c, p) => p,
  decode: () => ({ pause: true }),
  encode: (_c, p) => p,
}));

const SLACK = 2;

/** Bytes behind a number of 16 bits that are sent, and that a peer may leave out. */
const slack = new Parts<never>("slack", [], () => ({
  extent: (_c, p, end) => Math.min(p + SLACK, end),
  decode: () => ({}),
  encode(c, p) {
    c.u8.fill(0, p, p + SLACK);
    return p + SLACK;
  },
}));

const MaxLen = property("ControllerMaxLen", "max-len", 0, { maxLen }, ["maxLen", slack, "rest"]);
const Id = property("ControllerId", "controller-id", 1, { controllerId }, ["controllerId", slack, "rest"]);
const Reason = property("ControllerReason", "reason", 2, { reason }, ["reason", "rest"]);
const Userdata = property("ControllerUserdata", "userdata", 3, { userdata }, ["userdata"]);
const Pause = property("ControllerPause", "pause", 4, { pause }, [PRESENT, "rest"]);
const MeterId = property("ControllerMeterId", "meter-id", 5, { meterId }, ["meterId", "rest"]);

const PROPERTIES = union("property", PROPERTY, "OFPBPC_BAD_TYPE", [MaxLen, Id, Reason, Userdata, Pause, MeterId]);

/** A property of {@link ControllerAction} that is none of its fields, since nothing is known of it; all of them where the fields cannot say what was received, as when one stands twice. */
export type ControllerProperty = Member<typeof PROPERTIES> | UnknownElement;

/**
 * Sends the packet to a controller. Nicira's action 20 (NXAST_CONTROLLER), and in the form `properties` 37 (NXAST_CONTROLLER2), which has all of the fields.
 */
export const ControllerAction = actionForms(
  "ControllerAction",
  "controller",
  {
    /** At most this many bytes of the packet. */
    maxLen,
    /** The controllers that gave themselves this id. */
    controllerId,
    /** Why, as the packet-in reports it. */
    reason,
    /** What the packet-in carries back. */
    userdata,
    /** Whether the work on the packet waits for the controller to resume it. */
    pause,
    /** The meter that such packets go through; 0 is none. */
    meterId,
    /** What else was received; see {@link ControllerProperty}. */
    properties: list(PROPERTIES as Element<ControllerProperty>),
  },
  { "1.0+": { key: nicira(20), slots: ["maxLen", "controllerId", "reason", "pad:1"] } },
  {
    properties: {
      "1.0+": {
        key: nicira(37),
        slots: [
          "zero:6:NXBRC_MUST_BE_ZERO",
          lift(
            PROPERTIES as never,
            "properties",
            [MaxLen, Id, Reason, Userdata, Pause, MeterId].map((type) => ({ type })),
          ),
        ],
      },
    },
  },
);
/** See the class. */
export type ControllerAction = InstanceType<typeof ControllerAction>;
