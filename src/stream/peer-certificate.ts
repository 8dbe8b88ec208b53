/** The certificate of a peer that has been verified, or accepted without verification where the user wanted none. */
export interface PeerCertificate {
  /** The common name (CN) of its subject; empty where it has none. */
  readonly commonName: string;
  /** Its SHA-256 fingerprint: 64 hexadecimal digits, lower case. */
  readonly fingerprint: string;
  /** The subject, such as `O=Example, CN=sw1`. */
  readonly subject: string;
  /** When it ceases to be valid, as the certificate puts it: `Nov 20 10:59:59 2027 GMT`. */
  readonly validTo: string;
  /** The certificate, DER. Belongs to the stream. */
  readonly raw: Uint8Array;
}
