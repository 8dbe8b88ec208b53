/** Certificates made on the spot, for tests of TLS: no program and no file of fixtures is needed. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const seq = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const ECDSA_SHA256 = seq(hex("06 08 2a8648ce3d040302"));
const nameOf = (cn: string): Buffer => seq(der(0x31, seq(hex("06 03 550403"), der(0x0c, Buffer.from(cn)))));
const time = (at: Date): Buffer => der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
const pem = (bytes: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes)
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END CERTIFICATE-----\n`;

/** A key and a certificate, both PEM. */
export interface Certificate {
  readonly cn: string;
  readonly key: KeyObject;
  readonly keyPem: string;
  readonly pem: string;
}

/** Makes a certificate. @param issuer - who signs it; itself if left out. @param days - how long it is valid; negative: it was. */
export function certificate(cn: string, options: { issuer?: Certificate; ca?: boolean; days?: number } = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const { issuer, ca = false, days = 30 } = options;
  const now = Date.now();
  const day = 86_400_000;
  const basic = seq(hex("06 03 551d13"), hex("0101ff"), der(0x04, ca ? seq(hex("0101ff")) : seq()));
  const body = seq(
    hex("a003020102"),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(issuer?.cn ?? cn),
    seq(time(new Date(now - (days < 0 ? 60 * day : day))), time(new Date(now + days * day))),
    nameOf(cn),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, seq(basic)),
  );
  const signature = sign("sha256", body, issuer?.key ?? privateKey);
  const keyPem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  return { cn, key: createPrivateKey(keyPem), keyPem, pem: pem(seq(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature))) };
}

/** Writes key and certificate into a folder, as `NAME-privkey.pem` and `NAME-cert.pem`. */
export function writePair(dir: string, name: string, made: Certificate): { privateKey: string; certificate: string } {
  const files = { privateKey: join(dir, `${name}-privkey.pem`), certificate: join(dir, `${name}-cert.pem`) };
  writeFileSync(files.privateKey, made.keyPem, { mode: 0o600 });
  writeFileSync(files.certificate, made.pem);
  return files;
}

/** A CA and one identity signed by it, in a folder. */
export function testPki(dir: string, name = "testpki"): { ca: Certificate; caCert: string; privateKey: string; certificate: string } {
  const ca = certificate(`${name} CA`, { ca: true });
  const caCert = join(dir, `${name}-cacert.pem`);
  writeFileSync(caCert, ca.pem);
  return { ca, caCert, ...writePair(dir, name, certificate(name, { issuer: ca })) };
}
