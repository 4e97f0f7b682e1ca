/** Long columns in few characters, and back. */
import { describe, expect, it } from "vitest";
import { LIMITS, packBundle, toSvg, toText, validateBundle, type FaultsView, type ViewBundle } from "../../../kernel/src/views/index.js";
import { packLetters, packNumbers, unpackLetters, unpackNumbers } from "../../../kernel/src/views/packed.js";
import { BUNDLES, FAULTS } from "./samples.js";

function faults(count: number): ViewBundle {
  const page = Array.from({ length: count }, (_, index) => (index % 9 === 0 ? (index * 7919) % count : index));
  const letters = (one: string, other: string): string => page.map((number) => (number % 3 === 0 ? other : one)).join("");
  const columns = { minor: count, major: 0, lost: 0, page, faultKind: "m".repeat(count), access: letters("r", "w"), reasons: ["a", "b"] };
  const view: FaultsView = {
    ...FAULTS,
    vmas: [],
    sources: [
      {
        ...columns,
        source: "kernel",
        instrument: "perf events",
        atNs: page.map((_, index) => index * 1700 + ((index * 31) % 997)),
        tookNs: page.map((_, index) => 400 + ((index * 7919) % 5000)),
        reason: page.map((number) => number % 2),
      },
      { ...columns, source: "model", instrument: "model", atNs: null, tookNs: null, reason: page.map((number) => number % 2) },
    ],
  };
  return { version: 1, ...view };
}

describe("a packed column", () => {
  it.each([
    ["rising", Array.from({ length: 200 }, (_, index) => index * 3)],
    ["falling below zero", Array.from({ length: 100 }, (_, index) => 50 - index * 1_000_003)],
    ["of the largest numbers", Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? 2 ** 50 : 17))],
    ["of zeros", new Array<number>(65).fill(0)],
    ["of -1 among indexes", Array.from({ length: 99 }, (_, index) => (index % 3) - 1)],
  ])("%s comes back as it was", (_what, values) => {
    const packed = packNumbers(values);
    if (!("packed" in packed)) throw new Error("it was not packed");
    expect(unpackNumbers(packed.data, values.length)).toEqual(values);
    expect(packed.data).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  });

  it.each([
    ["short", [1, 2, 3]],
    ["with a fraction", [...new Array<number>(80).fill(1), 0.5]],
    ["with a difference too large to be exact", [...new Array<number>(80).fill(-Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER]],
  ])("that is %s stays a list", (_what, values) => {
    expect(packNumbers(values)).toBe(values);
  });

  it("of letters comes back as it was, and stays as it is where runs would be longer", () => {
    const letters = `${"m".repeat(500)}M${"m".repeat(20)}ss`;
    const packed = packLetters(letters);
    expect(packed).toEqual({ packed: "runs", data: "m500M1m20s2" });
    expect(unpackLetters("m500M1m20s2", 523)).toBe(letters);
    const mixed = "rw".repeat(50);
    expect(packLetters(mixed)).toBe(mixed);
  });

  it.each([
    ["numbers that end in the middle of one", () => unpackNumbers("gA==", 10)],
    ["characters that are no base64", () => unpackNumbers("<b>", 10)],
    ["more numbers than allowed", () => unpackNumbers("AAAAAAAA", 5)],
    ["a number beyond all bounds", () => unpackNumbers("////////////", 10)],
    ["letters without a count", () => unpackLetters("m5M", 10)],
    ["more letters than allowed, without making them", () => unpackLetters("m999999999", LIMITS.faults)],
  ])("is refused where it holds %s", (_what, unpack) => {
    expect(unpack()).toBeNull();
  });
});

describe("a bundle in an output", () => {
  it.each(BUNDLES.map((bundle) => [bundle.kind, bundle] as const))("is read back as it was: %s", (_kind, bundle) => {
    expect(validateBundle(JSON.parse(JSON.stringify(packBundle(bundle))))).toEqual({ ok: true, bundle });
  });

  it("of 10 000 faults of kernel and model takes less than 400 KB with its text and picture, and is read back exactly", () => {
    const bundle = faults(10_000);
    const output = JSON.stringify([packBundle(bundle), toText(bundle), toSvg(bundle)]);
    expect(output.length).toBeLessThan(400_000);
    expect(validateBundle(JSON.parse(JSON.stringify(packBundle(bundle))))).toEqual({ ok: true, bundle });
  });

  it("is refused where a packed column does not fit the others, and where it is damaged", () => {
    const bundle = JSON.parse(JSON.stringify(packBundle(faults(100)))) as { sources: Record<string, unknown>[] };
    const change = (column: string, value: unknown): unknown => ({
      ...bundle,
      sources: bundle.sources.map((source, index) => (index === 0 ? { ...source, [column]: value } : source)),
    });
    const reasonFor = (json: unknown): string => {
      const checked = validateBundle(json);
      return checked.ok ? "accepted" : checked.reason;
    };
    expect(reasonFor(change("access", { packed: "runs", data: "r99" }))).toContain("has 99 entries, but there are 100 faults");
    expect(reasonFor(change("access", { packed: "runs", data: "r99q1" }))).toContain('holds "q"');
    expect(reasonFor(change("page", { packed: "deltas", data: "%%%" }))).toContain("packed numbers");
    expect(reasonFor(change("page", { packed: "zip", data: "AAAA" }))).toContain("not one of deltas");
    expect(reasonFor(change("page", { packed: "deltas" }))).toContain("data is missing");
    expect(reasonFor(change("tookNs", { packed: "deltas", data: `AQ${"AA".repeat(99)}`.slice(0, 134) }))).not.toBe("accepted");
  });
});
