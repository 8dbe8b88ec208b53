#!/usr/bin/env node
// The command line in one file, which V8 need not compile again where what it made of it for this version of Node lies beside it: see scripts/code-cache.mjs.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";
import { mainOf } from "./main-of.js";

const file = fileURLToPath(new URL("../dist/ofctl/ofctl.cjs", import.meta.url));

function load() {
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, "utf8")}\n})`;
  const cache = `${file}.${process.version}`;
  const script = new Script(source, {
    filename: file,
    cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const exports = {};
  script.runInThisContext()(exports, createRequire(file), { exports }, file, dirname(file));
  return exports.main;
}

const main = existsSync(file) ? load() : await mainOf("ofctl");
process.exitCode = await main(process.argv.slice(2));
