import { describe, expect, it } from "vitest";
import { toSvg, type ViewBundle } from "../../../kernel/src/views/index.js";
import { BUNDLES, COMPARISON, FAULTS, MAPPINGS, TABLE } from "./samples.js";

/** Element names in the order they open, after checking that every element is closed: an XML reader refuses less. */
function elements(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const tag of svg.matchAll(/<(\/?)([a-z]+)((?:\s+[a-z-]+(?::[a-z]+)?="[^"<]*")*)\s*(\/?)>/gi)) {
    const [, closing, name = "", , empty] = tag;
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    names.push(name);
    if (!empty) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(" ")}`);
  const rest = svg.replaceAll(/<(\/?)([a-z]+)((?:\s+[a-z-]+(?::[a-z]+)?="[^"<]*")*)\s*(\/?)>/gi, "");
  if (rest.includes("<")) throw new Error(`a "<" is left over: ${rest.slice(rest.indexOf("<"), rest.indexOf("<") + 60)}`);
  return names;
}

const HOSTILE = `</text><script>alert(1)</script><img src=x onerror="alert(2)">&'\u001b\u0000`;

/** Every string of a view replaced. */
function hostile(bundle: ViewBundle): ViewBundle {
  const kept = new Set([
    "kind",
    "source",
    "perms",
    "pages",
    "dirty",
    "faultKind",
    "access",
    "verdict",
    "tone",
    "structure",
    "colour",
    "level",
  ]);
  // What the border lets through as addresses, names of nodes, rights of slots and bits is never other text.
  const checked = /^(0x[0-9a-f]+|#\d+|[r-][w-][x-][ps]|free|node|present|rw|user|accessed|dirty|nx|hit|miss)$/;
  const text = JSON.stringify(bundle, (key, value: unknown) =>
    typeof value === "string" && !kept.has(key) && !checked.test(value) ? HOSTILE : value,
  );
  const copy: ViewBundle = JSON.parse(text);
  return copy;
}

describe("the static picture of a view", () => {
  it.each(BUNDLES.map((bundle) => [bundle.kind, bundle] as const))(
    "is one well-formed, self-contained, small document for a %s",
    (_kind, bundle) => {
      const svg = toSvg(bundle);
      expect(elements(svg)[0]).toBe("svg");
      const allowed = ["svg", "title", "style", "g", "rect", "text", "path", "circle"];
      expect(elements(svg).filter((name) => !allowed.includes(name))).toEqual([]);
      expect(svg).not.toMatch(/href|url\(|@import|NaN|undefined|Infinity/);
      expect(svg.length).toBeLessThan(30_000);
    },
  );

  it.each(BUNDLES.map((bundle) => [bundle.kind, bundle] as const))("draws hostile names of a %s as text", (_kind, bundle) => {
    const svg = toSvg(hostile(bundle));
    expect(elements(svg)).not.toContain("script");
    expect(elements(svg)).not.toContain("img");
    expect(svg).toContain("&#60;script&#62;alert(1)");
    expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("is legible on light and on dark ground", () => {
    expect(toSvg({ version: 1, ...COMPARISON })).toContain("@media (prefers-color-scheme:dark)");
  });

  it("draws a cell for each page with its letter", () => {
    const svg = toSvg({ version: 1, ...MAPPINGS });
    expect([...svg.matchAll(/>a<\/text>/g)]).toHaveLength(8);
    expect([...svg.matchAll(/class="mmaplab-dirty"/g)]).toHaveLength(12);
  });

  it("says how many faults were lost and draws one mark a fault", () => {
    const svg = toSvg({ version: 1, ...FAULTS });
    expect(svg).toContain("2 lost");
    // Four minor faults and a major one in each of two panels, and three in the key.
    expect(elements(svg).filter((name) => name === "circle")).toHaveLength(13);
  });

  it("stays small however many faults there are", () => {
    const [source] = FAULTS.sources;
    if (!source) throw new Error("the sample has no source");
    const count = 200_000;
    const page = Array.from({ length: count }, (_, index) => index % 4);
    const many = {
      ...source,
      page,
      atNs: page.map((_, index) => index),
      tookNs: null,
      faultKind: "m".repeat(count),
      access: "w".repeat(count),
    };
    expect(toSvg({ version: 1, ...FAULTS, sources: [many] }).length).toBeLessThan(60_000);
  });

  it.each([
    ["mappings", { ...MAPPINGS, states: [] }, "Nothing is mapped"],
    ["faults", { ...FAULTS, sources: [] }, "No faults"],
    ["comparison", { ...COMPARISON, rows: [] }, "Nothing was compared"],
    ["table", { ...TABLE, rows: [] }, "no rows"],
  ] as const)("says so where %s are empty", (_kind, view, words) => {
    expect(toSvg({ version: 1, ...view })).toContain(words);
  });
});
