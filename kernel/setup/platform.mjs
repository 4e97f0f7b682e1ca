/** Whether this machine can run mmaplab at all. Asked before anything is installed. */
import { SetupFailure } from "./failure.mjs";

/** Instruction sets the probe has machine code for. */
const ARCHITECTURES = ["x64"];

/**
 * @throws {SetupFailure} where the machine is not a Linux with glibc on a supported processor
 */
export function requirePlatform() {
  if (process.platform !== "linux") {
    throw new SetupFailure(`mmaplab maps real Linux memory, and this is ${systemName(process.platform)}.`, [
      process.platform === "win32"
        ? "install WSL2 (`wsl --install` in PowerShell), open its Linux terminal, and run `npm start` in there."
        : "run it in a Linux virtual machine, or in a Linux container (the README has the command, under Troubleshooting).",
    ]);
  }
  if (!ARCHITECTURES.includes(process.arch)) {
    throw new SetupFailure(`This is a ${process.arch} machine; mmaplab's probe has machine code for x86-64 only.`, [
      "use an x86-64 Linux machine, virtual machine or container.",
    ]);
  }
  if (glibcVersion() === null) {
    throw new SetupFailure(
      "This Linux has no glibc (Alpine uses musl); the native packages of mmaplab and JupyterLab are built for glibc.",
      ["use a Debian or Ubuntu system or container image, for example one of Node's Debian images."],
    );
  }
}

/** @param {NodeJS.Platform} platform */
function systemName(platform) {
  if (platform === "darwin") return "macOS";
  return platform === "win32" ? "Windows" : platform;
}

/**
 * The glibc this Node runs on.
 * @returns {string | null} its version, or null on a system with another C library
 */
function glibcVersion() {
  // Without this, Node looks up the name of every network interface first.
  Object.assign(process.report, { excludeNetwork: true });
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime ?? null;
}
