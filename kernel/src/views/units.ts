/** Quantities in words: three significant digits and an SI (time) or binary (memory) prefix. */

const TIME_STEPS = [
  { unit: "s", ns: 1e9 },
  { unit: "ms", ns: 1e6 },
  { unit: "µs", ns: 1e3 },
] as const;

/** A time in nanoseconds (not negative) as "850 ns", "1.23 µs", "12 ms", "3.5 s". */
export function formatNs(ns: number): string {
  for (const step of TIME_STEPS) {
    // 999.6 ns would be printed as "1000 ns", so it already counts as 1 µs.
    if (ns >= step.ns * 0.9995) return `${threeDigits(ns / step.ns)} ${step.unit}`;
  }
  return `${threeDigits(ns)} ns`;
}

const BYTE_PREFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

/** A size in bytes (not negative) as "512 B", "16 KiB", "1.5 GiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1023.5 && step < BYTE_PREFIXES.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${threeDigits(value)} ${BYTE_PREFIXES[step] ?? ""}B`;
}

function threeDigits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
