import { describe, expect, it } from "vitest";
import { LIMITS, validateBundle } from "../../../kernel/src/views/index.js";
import { BUNDLES, COMPARISON, FAULTS, LATENCY, MAPPINGS, TABLE } from "./samples.js";

/** A JSON copy with the value at a path replaced. */
function changed(view: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify({ version: 1, ...view }));
  let at: unknown = copy;
  for (const step of path.slice(0, -1)) at = Reflect.get(Object(at), step);
  Reflect.set(Object(at), path.at(-1) ?? "", value);
  return copy;
}

function reasonFor(json: unknown): string {
  const checked = validateBundle(json);
  return checked.ok ? "accepted" : checked.reason;
}

describe("the border check", () => {
  it.each(BUNDLES.map((bundle) => [bundle.kind, bundle] as const))("gives back every field of a well-formed %s", (_kind, bundle) => {
    expect(validateBundle(JSON.parse(JSON.stringify(bundle)))).toEqual({ ok: true, bundle });
  });

  it("drops fields the format does not have", () => {
    const checked = validateBundle({ ...(changed(COMPARISON, ["extra"], 1) as object), __proto__: { polluted: true } });
    expect(checked.ok && Object.keys(checked.bundle).sort()).toEqual(["kind", "rows", "title", "version"]);
  });

  it("does not take inherited fields for the bundle's own", () => {
    expect(reasonFor(Object.create({ version: 1, ...COMPARISON }))).toContain("view.version is missing");
  });

  it("keeps markup in names as it is, for whoever draws it as text", () => {
    const checked = validateBundle(changed(COMPARISON, ["title"], "<img src=x onerror=alert(1)>"));
    expect(checked.ok && checked.bundle.title).toBe("<img src=x onerror=alert(1)>");
  });

  it.each([
    ["a higher version", { version: 2, kind: "mappings" }, "newer mmaplab (format 2"],
    ["a higher version of an unknown kind", { version: 9, kind: "hologram" }, "newer mmaplab (format 9"],
    ["version 0", { version: 0, ...COMPARISON }, "view.version is 0, not 1 or more"],
    ["a version that is text", { ...COMPARISON, version: "1" }, "not a number"],
    ["an unknown kind", { version: 1, kind: "hologram", title: "x" }, 'does not know views of the kind "hologram"'],
    ["a kind that names a property of all objects", { version: 1, kind: "constructor", title: "x" }, "does not know"],
    ["null", null, "view is null, not an object"],
    ["a list", [], "view is a list, not an object"],
    ["text", "<script>", "not an object"],
    ["nothing", undefined, "not an object"],
    [
      "an observation in an observation",
      { version: 1, kind: "observation", title: "x", views: [{ kind: "observation", title: "y", views: [] }] },
      "inside an observation",
    ],
    ["NaN among the times", changed(LATENCY, ["series", 0, "ns", 3], NaN), "view.series[0].ns[3] is NaN, not a number"],
    ["infinity among the times", changed(LATENCY, ["series", 0, "ns", 0], Infinity), "or less"],
    ["a negative time", changed(LATENCY, ["series", 0, "ns", 0], -1), "view.series[0].ns[0] is -1, not 0 or more"],
    ["half a dirty page", changed(LATENCY, ["series", 0, "dirtyPages", 0], 0.5), "not a whole number"],
    ["dirty pages for other times", changed(LATENCY, ["series", 0, "dirtyPages"], [1]), "but there are 40 times"],
    ["a hole in a list", { version: 1, ...LATENCY, series: [{ label: "x", ns: new Array(2) }] }, "ns[0] is missing, not a number"],
    ["a page size of 3000", changed(MAPPINGS, ["pageSize"], 3000), "not a power of two"],
    ["a negative page size", changed(MAPPINGS, ["pageSize"], -4096), "not 512 or more"],
    ["a VMA of negative size", changed(MAPPINGS, ["states", 0, "before", 0, "end"], "0x1000"), "not above its start"],
    ["an empty VMA", changed(MAPPINGS, ["states", 0, "before", 0, "end"], "0x7f12a0000000"), "not above its start"],
    ["overlapping VMAs", changed(MAPPINGS, ["states", 0, "before", 1, "start"], "0x7f12a0003000"), "sorted and apart"],
    ["an address inside a page", changed(MAPPINGS, ["states", 0, "before", 0, "start"], "0x7f129fffffff"), "not the start of a page"],
    ["an address that is a number", changed(MAPPINGS, ["states", 0, "before", 0, "start"], 4096), "is 4096, not text"],
    ["an address of 17 digits", changed(MAPPINGS, ["states", 0, "before", 0, "start"], "0x10000000000000000"), "not an address"],
    ["rights that are none", changed(MAPPINGS, ["states", 0, "before", 0, "perms"], "rwxy"), "not rights"],
    ["a letter too few", changed(MAPPINGS, ["states", 0, "before", 0, "pages"], "..."), "3 letters for 4 pages"],
    ["a letter without meaning", changed(MAPPINGS, ["states", 0, "before", 0, "pages"], "..<."), "no state of a page"],
    ["a source that is neither", changed(MAPPINGS, ["states", 0, "source"], "rumour"), "not one of kernel, model"],
    ["columns of unequal length", changed(FAULTS, ["sources", 0, "access"], "w"), "has 1 entries, but there are 6 faults"],
    ["a fault kind without meaning", changed(FAULTS, ["sources", 0, "faultKind"], "mmmmMq"), "only the letters m M s"],
    ["a reason that is not listed", changed(FAULTS, ["sources", 1, "reason"], [0, 0, 0, 0, 0, 3]), "not 2 or less"],
    ["a page below address 0", changed(FAULTS, ["sources", 0, "page", 0], -0x7f12a0001), "or more"],
    ["a negative count of lost faults", changed(FAULTS, ["sources", 0, "lost"], -2), "not 0 or more"],
    ["a verdict that is none", changed(COMPARISON, ["rows", 0, "verdict"], "perhaps"), "not one of equal, explained, unexplained"],
    ["a row with a cell too few", changed(TABLE, ["rows", 1], [{ text: "x" }]), "view.rows[1] has 1 cells, but there are 3 headings"],
    ["a tone that is none", changed(TABLE, ["rows", 0, 0, "tone"], "loud"), "not one of plain, ok, warn, bad"],
    ["a cell that is bare text", changed(TABLE, ["rows", 0, 0], "x"), "not an object"],
    ["too many columns", changed(TABLE, ["headings"], new Array(40).fill("x")), "at most 32"],
    ["a title of 10 MB", changed(COMPARISON, ["title"], "x".repeat(10_000_000)), "characters long; at most 4096"],
    ["a kind of 10 MB", { version: 1, kind: "x".repeat(10_000_000) }, "at most 4096"],
    ["too many rows", { version: 1, ...COMPARISON, rows: new Array(LIMITS.rows + 1).fill(COMPARISON.rows[0]) }, "at most 10000"],
  ])("refuses %s and says why", (_what, json, reason) => {
    expect(reasonFor(json)).toContain(reason);
    expect(reasonFor(json).length).toBeLessThan(300);
  });

  it("accepts a fault without a reason among faults with one", () => {
    expect(reasonFor({ version: 1, ...FAULTS })).toBe("accepted");
  });
});
