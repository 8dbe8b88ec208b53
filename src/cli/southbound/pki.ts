import { Argument, Command, Option } from "commander";
import { number, value } from "./exit.js";
import { type KeyKind, type PeerKind, Pki } from "./pki/pki.js";

interface Options {
  readonly dir: string;
  readonly key: KeyKind;
  readonly days: number;
}

const KINDS: readonly PeerKind[] = ["switch", "controller"];

/** `southbound pki`: certificates for OpenFlow over TLS, in one command each. */
export function pkiCommand(): Command {
  const command = new Command("pki")
    .description(
      "Make the certificates of OpenFlow over TLS: a CA for switches and one for controllers, and what they sign. It runs the openssl program.",
    )
    .addHelpText(
      "after",
      `
Examples:
  southbound pki init
  southbound pki req+sign ctl controller      ctl-privkey.pem, ctl-cert.pem
  southbound pki req+sign sw1 switch          sw1-privkey.pem, sw1-cert.pem
  ovs-vsctl set-ssl $PWD/sw1-privkey.pem $PWD/sw1-cert.pem $PWD/pki/controllerca/cacert.pem
  southbound controller --listen pssl: --private-key ctl-privkey.pem --certificate ctl-cert.pem --ca-cert pki/switchca/cacert.pem`,
    );
  const add = (name: string, description: string): Command => {
    const sub = new Command(name)
      .description(description)
      .addOption(new Option("--dir <dir>", "the folder of the two CAs").default("pki"))
      .addOption(new Option("--key <kind>", "what keys to make").choices(["ec", "rsa"]).default("ec"))
      .option("--days <n>", "how long a certificate is valid", value(number("days", 1, 36500, true)), 3650);
    command.addCommand(sub);
    return sub;
  };
  const name = () => new Argument("<name>", "the name: it begins the names of the files, and is the certificate's common name (CN)");
  const kind = () => new Argument("[kind]", "which CA signs").choices(KINDS).default("switch");
  const pki = ({ dir, key, days }: Options): Pki => new Pki(dir, key, days);

  add("init", "Make the CAs: DIR/switchca/cacert.pem, DIR/controllerca/cacert.pem and their keys.").action((o: Options) =>
    told(pki(o).init()),
  );
  add("req", "Make a private key NAME-privkey.pem and a request NAME-req.pem.")
    .addArgument(name())
    .action((n: string, o: Options) => told(pki(o).request(n)));
  add("sign", "Sign the request NAME-req.pem: NAME-cert.pem.")
    .addArgument(name())
    .addArgument(kind())
    .action((n: string, k: PeerKind, o: Options) => told(pki(o).sign(n, k)));
  add("req+sign", "Make a private key and a certificate: both of the above.")
    .addArgument(name())
    .addArgument(kind())
    .action(async (n: string, k: PeerKind, o: Options) => {
      await told(pki(o).request(n));
      await told(pki(o).sign(n, k));
    });
  add("self-sign", "Sign the request NAME-req.pem with its own key: NAME-cert.pem, for peers that trust just this one.")
    .addArgument(name())
    .action((n: string, o: Options) => told(pki(o).selfSign(n)));
  return command;
}

async function told(files: Promise<readonly string[]>): Promise<void> {
  for (const file of await files) process.stdout.write(`${file}\n`);
}
