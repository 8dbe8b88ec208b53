import { SouthboundError } from "../errors/mod.js";
import type { PeerCertificate } from "../stream/mod.js";

/** Which certificate a datapath id belongs to: the certificate's common name, or its SHA-256 fingerprint in 64 hexadecimal digits, colons allowed. */
export type CertificatePins = ReadonlyMap<bigint, string>;

const FINGERPRINT = /^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;

/**
 * Holds a switch to the certificate that its datapath id is pinned to. Any switch with a certificate of the CA may say any datapath id; a pin makes it prove that one.
 * @param name - the datapath and its connection, for the message
 * @returns null where there is no pin or it is met, else the error that ends the connection
 */
export function checkPin(
  pins: CertificatePins | undefined,
  id: bigint,
  certificate: PeerCertificate | null,
  name: string,
): SouthboundError | null {
  const pin = pins?.get(id);
  if (pin === undefined) return null;
  const what = FINGERPRINT.test(pin) ? "fingerprint" : "commonName";
  const wanted = what === "fingerprint" ? pin.replaceAll(":", "").toLowerCase() : pin;
  const shown = certificate?.[what] ?? "";
  if (wanted !== "" && shown === wanted) return null;
  const got = certificate === null ? "it has shown none" : `it has shown "${shown}"`;
  return new SouthboundError("EPROTO", `${name}: refused, since its datapath id is pinned to the certificate "${pin}", and ${got}`);
}
