import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { failure, usage } from "../exit.js";

/** Elliptic curve P-256, or RSA with 3072 bits for peers that know nothing else. */
export type KeyKind = "ec" | "rsa";
/** The holders that are signed: each kind has a CA of its own, so that no switch can pass for a controller. */
export type PeerKind = "switch" | "controller";

const KEYS: Readonly<Record<KeyKind, readonly string[]>> = {
  ec: ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:named_curve"],
  rsa: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
};

/** A certificate's common name has at most 64 characters; the rest keeps file names and openssl's subjects free of surprises. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,63}$/;

const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";
/** Both ends of OpenFlow may connect or listen, so that each certificate serves for both. */
const PEER =
  "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\n";

/**
 * A public-key infrastructure in a folder, with the layout of `ovs-pki`: two CAs in DIR/switchca and DIR/controllerca, and files NAME-privkey.pem, NAME-req.pem, NAME-cert.pem in
 * the working directory. The openssl program does the cryptography. Nothing that is there is overwritten. Every call answers the files it made, and throws CommandError of status 1.
 */
export class Pki {
  readonly #dir: string;
  readonly #key: KeyKind;
  readonly #days: number;

  /** @param days - how long certificates are valid */
  constructor(dir: string, key: KeyKind, days: number) {
    this.#dir = dir;
    this.#key = key;
    this.#days = days;
  }

  /** Makes the two CAs. */
  async init(): Promise<string[]> {
    const made: string[] = [];
    for (const kind of ["switch", "controller"] as const) {
      const { dir, cert, key } = this.#ca(kind);
      absent(cert);
      absent(key);
      await mkdir(join(dir, "private"), { recursive: true, mode: 0o700 });
      await working(async (tmp) => {
        await this.#makeKey(join(tmp, "key"));
        const subject = `/O=southbound/OU=${kind}ca/CN=OpenFlow ${kind} CA ${randomBytes(4).toString("hex")}`;
        await this.#openssl("req", "-new", "-utf8", "-key", join(tmp, "key"), "-subj", subject, "-out", join(tmp, "req"));
        await this.#certify(tmp, join(tmp, "req"), CA, ["-signkey", join(tmp, "key")]);
        await place(join(tmp, "key"), key, 0o600);
        await place(join(tmp, "cert"), cert, 0o644);
      });
      made.push(key, cert);
    }
    return made;
  }

  /** Makes a private key and a request for a certificate. */
  async request(name: string): Promise<string[]> {
    const [key, req] = [file(name, "privkey"), file(name, "req")];
    absent(key);
    absent(req);
    await working(async (tmp) => {
      await this.#makeKey(join(tmp, "key"));
      await this.#openssl("req", "-new", "-utf8", "-key", join(tmp, "key"), "-subj", `/O=southbound/CN=${name}`, "-out", join(tmp, "req"));
      await place(join(tmp, "key"), key, 0o600);
      await place(join(tmp, "req"), req, 0o644);
    });
    return [key, req];
  }

  /** Signs a request by the CA of that kind. */
  async sign(name: string, kind: PeerKind): Promise<string[]> {
    const ca = this.#ca(kind);
    if (!existsSync(ca.cert) || !existsSync(ca.key))
      throw failure(`there is no ${kind} CA in ${this.#dir}: make one with "southbound pki init", or name its folder with --dir`);
    return this.#signed(name, ["-CA", ca.cert, "-CAkey", ca.key]);
  }

  /** Signs a request by its own key. */
  selfSign(name: string): Promise<string[]> {
    const key = file(name, "privkey");
    present(key, name);
    return this.#signed(name, ["-signkey", key]);
  }

  async #signed(name: string, by: readonly string[]): Promise<string[]> {
    const [req, cert] = [file(name, "req"), file(name, "cert")];
    present(req, name);
    absent(cert);
    await working(async (tmp) => {
      await this.#certify(tmp, req, PEER, by);
      await place(join(tmp, "cert"), cert, 0o644);
    });
    return [cert];
  }

  async #certify(tmp: string, req: string, extensions: string, by: readonly string[]): Promise<void> {
    await writeFile(join(tmp, "ext"), extensions);
    // 20 bytes at most, and positive. RFC 5280 §4.1.2.2
    const serial = `0x${((randomBytes(1)[0]! & 0x7f) | 1).toString(16)}${randomBytes(15).toString("hex")}`;
    const words = ["-req", "-in", req, "-sha256", "-days", String(this.#days), "-set_serial", serial, "-extfile", join(tmp, "ext")];
    await this.#openssl("x509", ...words, ...by, "-out", join(tmp, "cert"));
  }

  async #makeKey(to: string): Promise<void> {
    await writeFile(to, "", { mode: 0o600 });
    await this.#openssl(...KEYS[this.#key], "-out", to);
    await chmod(to, 0o600);
  }

  #ca(kind: PeerKind): { dir: string; cert: string; key: string } {
    const dir = join(this.#dir, `${kind}ca`);
    return { dir, cert: join(dir, "cacert.pem"), key: join(dir, "private", "cakey.pem") };
  }

  #openssl(...words: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      execFile("openssl", words, { timeout: 60_000 }, (error, _stdout, stderr) => {
        if (error === null) resolve();
        else if (error.code === "ENOENT")
          reject(failure("the openssl program is not installed: it makes the certificates; install the package openssl"));
        else reject(failure(`openssl ${words[0]} failed: ${stderr.trim().replaceAll("\n", "; ") || error.message}`, error));
      });
    });
  }
}

function file(name: string, what: "privkey" | "req" | "cert"): string {
  const base = name.slice(name.lastIndexOf("/") + 1);
  if (base !== name || !NAME.test(name) || isAbsolute(name))
    throw usage(`"${name}" is no name for a certificate: use up to 64 letters, digits and _ . : @ -, and no folder`);
  return `${name}-${what}.pem`;
}

function absent(path: string): void {
  if (existsSync(path)) throw failure(`${path} is there already: remove it first if it is to be replaced`);
}

function present(path: string, name: string): void {
  if (!existsSync(path)) throw failure(`${path} is missing: make it with "southbound pki req ${name}"`);
}

async function working(work: (tmp: string) => Promise<void>): Promise<void> {
  const tmp = await mkdtemp(join(tmpdir(), "southbound-pki-"));
  try {
    await work(tmp);
  } finally {
    await rm(tmp, { recursive: true, force: true });
  }
}

/** Puts a finished file where it belongs, whole or not at all. */
async function place(from: string, to: string, mode: number): Promise<void> {
  const near = `${to}.${process.pid}.tmp`;
  await writeFile(near, await readFile(from), { mode, flag: "wx" });
  try {
    await chmod(near, mode);
    await link(near, to);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "EEXIST") absent(to);
    throw failure(`${to} cannot be made: ${e instanceof Error ? e.message : String(e)}`, e);
  } finally {
    await rm(near, { force: true });
  }
}
