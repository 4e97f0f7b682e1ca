/** Checks the view of a walk through the page table. */
import { LIMITS } from "./limits.js";
import { ENTRY_BITS, PAGE_TABLE_LEVELS, TABLE_ENTRIES, type EntryBit, type PageTableView } from "./page-table-view.js";
import { Malformed, type Reader } from "./reader.js";
import { readPageSize } from "./read-page-size.js";

const BITS = Object.keys(ENTRY_BITS).filter((name): name is EntryBit => name in ENTRY_BITS);

export function readPageTable(view: Reader): PageTableView {
  const levels = view.field("levels").list(PAGE_TABLE_LEVELS.length, (level) => ({
    level: level.field("level").oneOf(PAGE_TABLE_LEVELS),
    index: level.field("index").integer(0, TABLE_ENTRIES - 1),
    entryBytes: level.field("entryBytes").integer(1, Number.MAX_SAFE_INTEGER),
    table: level.field("table").orNull()?.integer(0, Number.MAX_SAFE_INTEGER) ?? null,
    flags: readFlags(level.field("flags")),
  }));
  levels.forEach(({ level }, index) => {
    const above = levels[index - 1];
    if (above && PAGE_TABLE_LEVELS.indexOf(above.level) >= PAGE_TABLE_LEVELS.indexOf(level))
      throw new Malformed(`${view.where}.levels has ${level} below ${above.level}: levels go from the top down.`);
  });
  const entry = view.field("entry").orNull();
  return {
    kind: "pageTable",
    title: view.field("title").text(LIMITS.text),
    pageSize: readPageSize(view),
    address: view.field("address").hex(),
    place: view.field("place").text(LIMITS.text),
    levels,
    entry:
      entry === undefined
        ? null
        : {
            level: entry.field("level").oneOf(["PMD", "PTE"]),
            holds: entry.field("holds").text(LIMITS.text),
            flags: readFlags(entry.field("flags")),
            frame: entry.field("frame").orNull()?.integer(0, Number.MAX_SAFE_INTEGER) ?? null,
            value: entry.field("value").orNull()?.hex() ?? null,
            exclusive: entry.field("exclusive").boolean(),
          },
  };
}

function readFlags(field: Reader): EntryBit[] {
  return field.list(BITS.length, (flag) => flag.oneOf(BITS));
}
