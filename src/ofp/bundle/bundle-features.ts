import { named } from "../../errors/mod.js";
import { type Element, flags, list, one, U16, U32, type UnknownElement, union } from "../../schema/mod.js";
import { ExperimenterProperty } from "../experimenter-property.js";
import { multipart } from "../message.js";
import { PROPERTY_HEADER, property } from "../property.js";
import { BundleFlags, Time } from "./bundle.js";

/** How well the switch keeps to a bundle's time. OpenFlow 1.5 §7.3.5.20 (ofp_bundle_features_prop_time) */
export const BundleTimeFeatures = property(
  "BundleTimeFeatures",
  "time",
  {
    /** How far from its time a bundle may be applied. */
    schedAccuracy: one(Time),
    /** How far ahead a bundle may be. */
    schedMaxFuture: one(Time),
    /** How late a bundle may come and still be applied. */
    schedMaxPast: one(Time),
    /** When the message was sent. */
    timestamp: one(Time),
  },
  { "1.0+": { key: [1], slots: ["pad:4", "schedAccuracy", "schedMaxFuture", "schedMaxPast", "timestamp"] } },
);
/** See the class. */
export type BundleTimeFeatures = InstanceType<typeof BundleTimeFeatures>;

/** The properties of a switch's features for bundles. OpenFlow 1.5 §7.3.5.20 (ofp_bundle_features_prop_type) */
export const BUNDLE_FEATURE_PROPERTIES = union("bundle feature property", PROPERTY_HEADER, "OFPBPC_BAD_TYPE", [
  BundleTimeFeatures,
  ExperimenterProperty,
]);

type FeatureProperty = BundleTimeFeatures | ExperimenterProperty | UnknownElement;

/** What a request for features reports. OpenFlow 1.5 §7.3.5.20 (ofp_bundle_feature_flags) */
export const BundleFeatureFlags = named("BundleFeatureFlags", { Timestamp: 1, TimeSetSched: 2 });

/** Asks what the switch can do with bundles. OpenFlow 1.5 §7.3.5.20 (ofp_bundle_features_request) */
export const BundleFeaturesRequest = multipart(
  "request",
  "BundleFeaturesRequest",
  "bundle-features-request",
  { featureFlags: flags(U32, BundleFeatureFlags), properties: list(BUNDLE_FEATURE_PROPERTIES as Element<FeatureProperty>) },
  { "1.5": { key: [19], slots: ["featureFlags", "pad:4", "properties"], ovs: false } },
);
/** See the class. */
export type BundleFeaturesRequest = InstanceType<typeof BundleFeaturesRequest>;

/** What the switch can do with bundles. OpenFlow 1.5 §7.3.5.20 (ofp_bundle_features) */
export const BundleFeaturesReply = multipart(
  "reply",
  "BundleFeaturesReply",
  "bundle-features-reply",
  { capabilities: flags(U16, BundleFlags), properties: list(BUNDLE_FEATURE_PROPERTIES as Element<FeatureProperty>) },
  { "1.5": { key: [19], slots: ["capabilities", "pad:6", "properties"], ovs: false } },
);
/** See the class. */
export type BundleFeaturesReply = InstanceType<typeof BundleFeaturesReply>;
