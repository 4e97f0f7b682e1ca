/** Assembles the sources of machine code, where binutils for the processor is installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The names of GNU binutils for a processor by its `process.arch`, and the Debian package that has them. */
const BINUTILS = {
  x64: { prefix: "x86_64-linux-gnu-", package: "binutils-x86-64-linux-gnu" },
  arm64: { prefix: "aarch64-linux-gnu-", package: "binutils-aarch64-linux-gnu" },
} as const;

export type Processor = keyof typeof BINUTILS;

/** Binutils of one processor. */
export class Assembler {
  readonly #prefix: string | undefined;
  /** What has to be installed for it. */
  readonly package: string;

  constructor(processor: Processor) {
    const { prefix, package: name } = BINUTILS[processor];
    this.package = name;
    this.#prefix = [prefix, ...(process.arch === processor ? [""] : [])].find((start) =>
      ["as", "objcopy"].every((tool) => spawnSync(`${start}${tool}`, ["--version"]).status === 0),
    );
  }

  get missing(): boolean {
    return this.#prefix === undefined;
  }

  /**
   * Assembles a file.
   * @param source path; what it includes lies beside it
   * @returns its text section
   */
  bytes(source: string): Buffer {
    const prefix = this.#prefix ?? "";
    const directory = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
    try {
      const [object, binary] = [join(directory, "code.o"), join(directory, "code.bin")];
      execFileSync(`${prefix}as`, ["-I", dirname(source), source, "-o", object]);
      execFileSync(`${prefix}objcopy`, ["-O", "binary", "-j", ".text", object, binary]);
      return readFileSync(binary);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
}
