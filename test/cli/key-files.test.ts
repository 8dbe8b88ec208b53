/** The files of TLS's options are read when a command starts, whether or not it uses TLS yet. The keys are openssl's. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./helpers.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-keys-"));
const at = (name: string): string => join(dir, name);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(() => {
  const program = join(process.cwd(), "bin", "southbound.js");
  for (const words of [["init"], ["req+sign", "ctl", "controller"], ["req+sign", "sw1", "switch"]])
    execFileSync(process.execPath, [program, "pki", ...words], { cwd: dir });
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: dir, stdio: "pipe" });
  openssl("pkey", "-in", "ctl-privkey.pem", "-aes256", "-passout", "pass:secret", "-out", "pkcs8.pem");
  openssl("ec", "-in", "ctl-privkey.pem", "-aes256", "-passout", "pass:secret", "-out", "traditional.pem");
  openssl("pkey", "-in", "ctl-privkey.pem", "-pubout", "-out", "public.pem");
  writeFileSync(at("text.pem"), "no key at all\n");
}, 60_000);

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "a controller over TLS": ["controller", "--listen", "pssl:0:127.0.0.1"],
  "a controller over TCP": ["controller", "--listen", "ptcp:0:127.0.0.1"],
  "a switch": ["switch", "--listen", "ptcp:0:127.0.0.1"],
  "a recorder": ["record", "/dev/null", "--listen", "ptcp:0:127.0.0.1", "--to", "tcp:127.0.0.1:1"],
  "a demonstration": ["demo", "--listen", "ptcp:0:127.0.0.1"],
};
const right = { "--private-key": "ctl-privkey.pem", "--certificate": "ctl-cert.pem", "--ca-cert": "pki/switchca/cacert.pem" };
const CASES: readonly [title: string, options: Readonly<Record<string, string>>, said: string][] = [
  [
    "an encrypted key",
    { "--private-key": "pkcs8.pem" },
    `${at("pkcs8.pem")}: the key is encrypted: decrypt it with \`openssl pkey -in ${at("pkcs8.pem")} -out NEW-FILE\``,
  ],
  [
    "an encrypted key of the old kind",
    { "--private-key": "traditional.pem" },
    `${at("traditional.pem")}: the key is encrypted: decrypt it with \`openssl pkey -in ${at("traditional.pem")} -out NEW-FILE\``,
  ],
  ["a public key", { "--private-key": "public.pem" }, `${at("public.pem")}: there is no private key in it, but: public key`],
  ["no key", { "--private-key": "text.pem" }, `${at("text.pem")}: there is no PEM private key in it`],
  ["a file that is not there", { "--certificate": "none.pem" }, `${at("none.pem")}: ENOENT: no such file or directory`],
  ["no CA", { "--ca-cert": "text.pem" }, `${at("text.pem")}: there is no PEM certificate in it`],
  ["no certificates to send", { "--peer-ca-cert": "text.pem" }, `${at("text.pem")}: there is no PEM certificate in it`],
  ["another's certificate", { "--certificate": "sw1-cert.pem" }, `${at("ctl-privkey.pem")} is not the key of ${at("sw1-cert.pem")}`],
];

const words = (options: Readonly<Record<string, string>>): string[] =>
  Object.entries({ ...right, ...options }).flatMap(([option, file]) => [option, at(file)]);

describe("a wrong file is reported by its name in one line when the command starts", () => {
  test.each(CASES)("%s", async (_, options, said) => {
    const { status, stdout, stderr } = await run(...COMMANDS["a controller over TLS"]!, ...words(options));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^southbound: .+; see "southbound pki --help"\n$/);
    expect(stderr).toContain(said);
  });

  test.each(Object.keys(COMMANDS))("%s", async (name) => {
    const { status, stderr } = await run(...COMMANDS[name]!, ...words({ "--private-key": "pkcs8.pem" }));
    expect({ status, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain("pkcs8.pem: the key is encrypted");
  });

  test("one file alone is read too, and asks for no others where there is no TLS", async () => {
    const { stderr } = await run("controller", "--listen", "ptcp:0:127.0.0.1", "--ca-cert", at("text.pem"));
    expect(stderr).toMatch(/CA certificate .*text\.pem: there is no PEM certificate in it; see/);
    expect(stderr).not.toContain("Private key");
  });
});
