/*
 * Refuses a Node that is too old, before anything newer is read. Loaded with `node --require`, ahead of the ES modules,
 * and written in the JavaScript of 2009 so that every Node can read it.
 */
"use strict";

var OLDEST = [20, 19, 0];

/** @type {(version: number[], than: number[]) => boolean} */
function isOlder(version, than) {
  for (var i = 0; i < than.length; i += 1) {
    if (version[i] !== than[i]) return version[i] < than[i];
  }
  return false;
}

var running = process.versions.node.split(".").map(Number);
if (isOlder(running, OLDEST)) {
  process.stderr.write(
    "mmaplab: Node " +
      process.versions.node +
      " is too old; mmaplab needs Node " +
      OLDEST.join(".") +
      " or newer.\n" +
      "  What to do: install the current LTS release of Node, for example with nvm (`nvm install --lts`) or from your\n" +
      "  distribution's newer packages, open a new terminal, check with `node --version`, and run the command again.\n",
  );
  process.exit(1);
}
