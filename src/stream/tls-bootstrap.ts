import { createHash, X509Certificate } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { errnoError, errnoOf, type SouthboundError } from "../errors/mod.js";
import type { TlsIdentity } from "./tls-identity.js";

/** The certificate at the end of the chain that the peer presented, and how long the chain is; undefined where it presented none. */
function lastOf(socket: TLSSocket): { raw: Buffer; length: number } | undefined {
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  let raw: Buffer | undefined;
  let length = 0;
  const seen = new Set<string>();
  while (at?.raw !== undefined && !seen.has(at.fingerprint256)) {
    seen.add(at.fingerprint256);
    raw = at.raw;
    length++;
    at = at.issuerCertificate;
  }
  return raw === undefined ? undefined : { raw, length };
}

function selfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** Makes the file, which must not be there. Throws errors of `node:fs`; nothing is left behind then. */
function create(file: string, text: string): void {
  const fd = openSync(file, "wx", 0o444);
  try {
    writeSync(fd, text);
  } catch (e) {
    unlinkSync(file);
    throw e;
  } finally {
    closeSync(fd);
  }
}

/**
 * Takes the CA certificate from an outgoing connection that was made without verification, by Open vSwitch's rules for `--bootstrap-ca-cert`.
 * @returns the error that ends the connection: it is never used, whatever came of it
 */
export function bootstrap(identity: TlsIdentity, file: string, name: string, socket: TLSSocket): SouthboundError {
  const refuse = (what: string): SouthboundError => errnoError("EPROTO", `${name}: ${what}`);
  if (identity.material(name).bootstrap === null) return refuse("rejecting SSL connection during bootstrap race window");
  const last = lastOf(socket);
  if (last === undefined) return refuse("could not bootstrap CA certificate: no certificate presented by peer");
  const certificate = new X509Certificate(last.raw);
  if (!selfSigned(certificate)) {
    const hint = " (only one certificate was received, so probably the peer is not configured to send its CA certificate)";
    return refuse(`could not bootstrap CA certificate: obtained certificate is not self-signed${last.length === 1 ? hint : ""}`);
  }
  try {
    create(file, certificate.toString());
  } catch (e) {
    const code = errnoOf(e, "EIO");
    if (code === "EEXIST") return refuse(`reading CA certificate ${file}, which another process has just made`);
    return errnoError(code, `could not bootstrap CA certificate: creating ${file}`, e);
  }
  const print = createHash("sha1").update(last.raw).digest("hex").match(/../g)!.join(":");
  const subject = certificate.subject.replaceAll("\n", ", ");
  identity.say("info", `successfully bootstrapped CA certificate to ${file}: subject ${subject}, fingerprint ${print}`);
  return refuse("killing successful connection to retry using CA cert");
}
