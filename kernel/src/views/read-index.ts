/** Checks the view of an index. */
import { INDEX_STRUCTURES, type IndexFrame, type IndexLookup, type IndexNodeView, type IndexView } from "./index-view.js";
import { LIMITS } from "./limits.js";
import { Malformed, type Reader } from "./reader.js";
import type { Hex } from "./view.js";

const NODE_ID = /^(0x[0-9a-f]{1,16}|#\d{1,9})$/;

export function readIndex(view: Reader): IndexView {
  const note = view.optional("note")?.text(LIMITS.text);
  const frames = view.field("frames").list(LIMITS.frames, readFrame);
  if (frames.length === 0) throw new Malformed(`${view.where}.frames is empty: an index has at least one moment.`);
  return { kind: "index", title: view.field("title").text(LIMITS.text), ...(note !== undefined && { note }), frames };
}

function readFrame(frame: Reader): IndexFrame {
  const count = (name: "vmas" | "levels" | "folded"): number => frame.field(name).integer(0, Number.MAX_SAFE_INTEGER);
  let position = 0;
  return {
    label: frame.field("label").text(LIMITS.text),
    structure: frame.field("structure").oneOf(INDEX_STRUCTURES),
    vmas: count("vmas"),
    levels: count("levels"),
    nodes: frame.field("nodes").list(LIMITS.nodes, (node) => readNode(node, position++)),
    folded: count("folded"),
    lookup: readLookup(frame.field("lookup").orNull()),
    changes: frame.field("changes").list(LIMITS.changes, (change) => ({
      change: change.field("change").text(LIMITS.text),
      node: change.field("node").matching(NODE_ID, "a node's name"),
      text: change.field("text").text(LIMITS.text),
    })),
  };
}

/** A parent stands before its children, so that a tree cannot bite its tail. */
function readNode(node: Reader, position: number): IndexNodeView {
  const perms = node.optional("perms")?.matching(/^[r-][w-][x-][ps]$/, "rights as in /proc/pid/maps");
  const colour = node.optional("colour")?.oneOf(["red", "black"]);
  const height = node.optional("height")?.integer(0, 64);
  const capacity = node.optional("capacity")?.integer(1, LIMITS.slots);
  const slots = node.optional("slots")?.list(LIMITS.slots, (slot) => ({
    ...readRange(slot),
    holds: slot.field("holds").matching(/^([r-][w-][x-][ps]|free|node)$/, 'rights, "free" or "node"'),
  }));
  return {
    id: node.field("id").matching(NODE_ID, "a node's name"),
    parent: node.field("parent").integer(-1, position - 1),
    slot: node.field("slot").integer(0, LIMITS.slots - 1),
    ...readRange(node),
    ...(perms !== undefined && { perms }),
    ...(colour !== undefined && { colour }),
    ...(height !== undefined && { height }),
    ...(slots !== undefined && { slots }),
    ...(capacity !== undefined && { capacity }),
    folded: node.field("folded").integer(0, Number.MAX_SAFE_INTEGER),
  };
}

function readRange(item: Reader): { readonly first: Hex; readonly last: Hex } {
  const first = item.field("first").hex();
  const last = item.field("last").hex();
  if (BigInt(last) < BigInt(first)) throw new Malformed(`${item.where} ends at ${last}, which is below its start ${first}.`);
  return { first, last };
}

function readLookup(lookup: Reader | undefined): IndexLookup | null {
  if (lookup === undefined) return null;
  return {
    address: lookup.field("address").hex(),
    visited: lookup.field("visited").list(LIMITS.nodes, (id) => id.matching(NODE_ID, "a node's name")),
    visits: lookup.field("visits").integer(0, Number.MAX_SAFE_INTEGER),
    found: lookup.field("found").orNull()?.hex() ?? null,
    contains: lookup.field("contains").boolean(),
    cache: lookup.field("cache").orNull()?.oneOf(["hit", "miss"]) ?? null,
  };
}
