import { named } from "../../errors/mod.js";
import {
  type Element,
  enumeration,
  flags,
  type Kind,
  list,
  listKind,
  one,
  Parts,
  padTo,
  struct,
  U16,
  type UnknownElement,
  u32,
  u64,
  union,
} from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { message, ONFT } from "../message.js";
import { type NestedMessage, nestedEnd, nestedMessage } from "../nested-message.js";
import { PROPERTY_HEADER, property } from "../property.js";

/** A point in time, or a span. OpenFlow 1.5 §7.3.10 (ofp_time) */
export const Time = struct(
  "Time",
  {
    /** Since the start of 1970, of a point in time. */
    seconds: u64(0n, { unit: "seconds" }),
    nanoseconds: u32(0, { unit: "nanoseconds" }),
  },
  { "1.0+": ["seconds", "nanoseconds", "pad:4"] },
);
/** See the class. */
export type Time = InstanceType<typeof Time>;

/** When a bundle is to be applied. OpenFlow 1.5 §7.3.9.7 (ofp_bundle_prop_time); in 1.3 the ONF's extension 340 */
export const BundleTime = property(
  "BundleTime",
  "time",
  { scheduledTime: one(Time) },
  { "1.3": { key: [1], slots: ["pad:4", "scheduledTime"] }, "1.5": { key: [1], slots: ["pad:4", "scheduledTime"] } },
);
/** See the class. */
export type BundleTime = InstanceType<typeof BundleTime>;

/** The properties of a bundle's messages. OpenFlow 1.4 §7.3.9.4, 1.5 §7.3.9.7 (ofp_bundle_prop_type) */
export const BUNDLE_PROPERTIES = union("bundle property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [BundleTime, ExperimenterProperty]);

/** One property of a bundle's messages. */
export type BundleProperty = BundleTime | ExperimenterProperty | UnknownElement;

/** What is asked of a bundle, and the answers, which are one more each. OpenFlow 1.4 §7.3.9.2 (ofp_bundle_ctrl_type) */
export const BundleControlType = named("BundleControlType", {
  OpenRequest: 0,
  OpenReply: 1,
  CloseRequest: 2,
  CloseReply: 3,
  CommitRequest: 4,
  CommitReply: 5,
  DiscardRequest: 6,
  DiscardReply: 7,
});

/** How a bundle is applied; `Time` since 1.5. OpenFlow 1.4 §7.3.9.3, 1.5 §7.3.9.4 (ofp_bundle_flags) */
export const BundleFlags = named("BundleFlags", { Atomic: 1, Ordered: 2, Time: 4 });

/** Opens, closes, applies or discards a bundle. In OpenFlow 1.3 the ONF's extension 230. OpenFlow 1.4 §7.3.9.2 (ofp_bundle_ctrl_msg) */
export const BundleControl = message(
  "BundleControl",
  "bundle-control",
  {
    bundleId: u32(),
    controlType: enumeration(U16, BundleControlType, BundleControlType.OpenRequest),
    flags: flags(U16, BundleFlags),
    properties: list(BUNDLE_PROPERTIES as Element<BundleProperty>),
  },
  {
    "1.3": { key: ONFT(2300), slots: ["bundleId", "controlType", "flags", "properties"] },
    "1.4+": { key: [33], slots: ["bundleId", "controlType", "flags", "properties"] },
  },
);
/** See the class. */
export type BundleControl = InstanceType<typeof BundleControl>;

const PROPERTIES: Kind<readonly BundleProperty[]> = listKind(BUNDLE_PROPERTIES as Element<BundleProperty>);

/** The message, and properties behind it from the next multiple of 8 bytes on. Without properties there is no padding. */
const content = (kind: Kind<NestedMessage>): Parts<"message" | "properties"> =>
  new Parts(
    "message and properties",
    ["message", "properties"],
    (version, mode) => {
      const inner = kind.codec(version, mode);
      const properties = PROPERTIES.codec(version, mode);
      return {
        decode(c, p, end) {
          const e = nestedEnd(c, p, end);
          const start = Math.min(p + ((e - p + 7) & ~7), end);
          return { message: inner.decode(c, p, e), properties: properties.decode(c, start, end) };
        },
        encode(c, p, values) {
          const e = inner.encode(c, p, values.message as never);
          const more = values.properties as readonly BundleProperty[];
          return more.length === 0 ? e : properties.encode(c, padTo(c, e, p, 8), more);
        },
        extent: (_c, _p, end) => end,
      };
    },
    true,
  );

/** Makes the class of messages that put a message, of the kind that holds all of them, into a bundle. */
export const bundleAddMessage = (kind: Kind<NestedMessage>) =>
  message(
    "BundleAddMessage",
    "bundle-add-message",
    {
      bundleId: u32(),
      flags: flags(U16, BundleFlags),
      message: nestedMessage(kind),
      properties: list(BUNDLE_PROPERTIES as Element<BundleProperty>),
    },
    {
      "1.3": { key: ONFT(2301), slots: ["bundleId", "pad:2", "flags", content(kind)], ovs: { multiple: 1 } },
      "1.4+": { key: [34], slots: ["bundleId", "pad:2", "flags", content(kind)], ovs: { multiple: 1 } },
    },
  );
