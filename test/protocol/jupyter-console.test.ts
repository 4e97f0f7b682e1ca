/** `jupyter console --kernel mmaplab`, driven in a terminal as a person would. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { useJupyterPython, withoutModules } from "./jupyter-python.js";
import { allGone, processesWith } from "./processes.js";

const SESSION = fileURLToPath(new URL("./jupyter_console_session.py", import.meta.url));

const jupyter = useJupyterPython();
const without = withoutModules("jupyter_console", "pexpect");

const ENTER = "\r";
const TAB = "\t";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";

/** What is typed, what has to appear (a number is that prompt, null the end), and what is to be read before it. */
const STEPS: readonly (readonly [typed: string, awaited: string | number | null, shows: RegExp])[] = [
  ["", 1, /^Jupyter console [\d.]+\n\nmmaplab [\d.]+: Linux memory mapping in TypeScript 6\.0\.\d+ cells/],
  ["6 * 7" + ENTER, 2, /Out\[1\]: 42\n/],
  ["throw new RangeError('too far')" + ENTER, 3, /RangeError: too far\n +at cell \[2\]:1:7\n/],
  ["const n: number = 'text'" + ENTER, 4, /Type 'string' is not assignable to type 'number'/],
  ["Math.asi" + TAB, "asinh", /asin /],
  // A cell of two lines: the console asks whether the first is complete.
  [CTRL_U + "function twice(n: number) {" + ENTER, "\\.\\.\\.: ", /function/],
  ["return 2 * n }; twice(21)" + ENTER, 5, /Out\[4\]: 42\n/],
  ["console.log('going' + '!'); while (true) {}" + ENTER, "going!", /./],
  [CTRL_C, 6, /KeyboardInterrupt: cell \[5\] was interrupted; its variables are kept\n/],
  ["console.log('before' + '!'); process.abort()" + ENTER, 7, /before!\n[^]*SIGABRT[^]*A fresh process is ready/],
  ["'ali' + 've'" + ENTER, 8, /Out\[7\]: 'alive'\n/],
  [CTRL_D, "Do you really want to exit", /./],
  ["y" + ENTER, null, /Shutting down kernel/],
];

test.skipIf(without !== "")(
  `jupyter console shows banner, results, errors and completions, is interrupted, and leaves nothing${without}`,
  async () => {
    const { status, output } = jupyter().run(SESSION, JSON.stringify(STEPS.map(([typed, awaited]) => [typed, awaited])));
    expect(status, output).toBe(0);
    const session = JSON.parse(output) as { readonly shown: readonly string[]; readonly status: number };
    for (const [i, [typed, , shows]] of STEPS.entries()) expect(session.shown[i], `after ${JSON.stringify(typed)}`).toMatch(shows);
    expect(session.status).toBe(0);
    expect(await allGone(processesWith(`JUPYTER_PATH=${jupyter().folder}`))).toBe(true);
    expect(readdirSync(`${jupyter().folder}/runtime`)).toEqual([]);
  },
);
