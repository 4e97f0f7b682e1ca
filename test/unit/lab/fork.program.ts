/** Forks a child and a grandchild, tells their numbers, and is killed. */
import { writeSync } from "node:fs";
import { fork } from "../../../kernel/src/lab/index.js";

const child = fork();
const grandchild = child.run(() => fork());
writeSync(1, `${String(child.pid)}\n${String(grandchild.pid)}\n`);
process.kill(process.pid, "SIGKILL");
