/** Files for the tests of the binding: without a name from the start, so that nothing is left behind. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { O } from "../../../kernel/src/abi/index.js";
import { close, open } from "../../../kernel/src/linux/index.js";

/** Runs `use` with a descriptor of a file of `size` bytes in `directory`, all of them `fill`. */
export function withFile<T>(flags: number, size: number, use: (fd: number) => T, directory = tmpdir(), fill = 0x5a): T {
  const own = mkdtempSync(join(directory, "mmaplab-test-"));
  try {
    const path = join(own, "file");
    writeFileSync(path, new Uint8Array(size).fill(fill), { mode: 0o600 });
    const fd = open(path, flags | O.CLOEXEC);
    try {
      return use(fd);
    } finally {
      close(fd);
    }
  } finally {
    rmSync(own, { recursive: true });
  }
}
