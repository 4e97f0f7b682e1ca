/**
 * Makes outputs readable again and again: the kernel places mappings at random (ASLR), so the absolute addresses of a run are
 * replaced by others that are the same in every run. Addresses near each other stay so: distances within a group are kept.
 */
import { wholeText } from "./execute-notebook.mjs";

/** @typedef {import("./execute-notebook.mjs").Notebook} Notebook */

/**
 * An address as a figure or a message prints it (0x7f12a0003000), or the two of a line of /proc/pid/maps. At least nine digits:
 * shorter numbers are sizes, offsets, or addresses a cell chose itself. Never within a longer word, as of packed columns.
 */
const ADDRESS = /(?<![\w+/])0x[0-9a-f]{9,16}(?![\w+/=])|(?<![\w+/])[0-9a-f]{9,16}-[0-9a-f]{9,16}(?![\w+/=])/g;
const DIGITS = /[0-9a-f]{9,16}/g;

/** The beginning of one, where a column was too narrow for the rest. */
const CUT_OFF = /(?<![\w+/])(?:(?:0x)?[0-9a-f]{9,16}-)?(?:0x[0-9a-f]+|(?:7[c-f]|5[56])[0-9a-f]{2,})(?=\u2026)/g;

/**
 * Whether the kernel may have chosen the address at random: on x86-64 mappings lie in 0x7c... to 0x7f..., programs in 0x55... and
 * 0x56...; on arm64 in 0xfe..., 0xff... and 0xaa.... All others somebody chose, and they are the same in every run; so are the
 * last pages of the address space.
 * @param {bigint} address
 */
function isRandom(address) {
  const top = address >> 40n;
  const isPlaced = (top >= 0x7cn && top <= 0x7fn) || top === 0x55n || top === 0x56n || top === 0xaan || top === 0xfen || top === 0xffn;
  return isPlaced && (address < 0x7fff_ffff_0000n || address > 0x8000_0000_0000n);
}

/** A mapping, from start to end, in both ways people write it. */
const RANGE = /(?<![\w+/])(?:0x)?([0-9a-f]{9,16})(?:-|\.\.)(?:0x)?([0-9a-f]{9,16})(?![\w+/=])/g;

/** Ranges further apart than this are in different groups. */
const FAR = 1n << 16n;
/** What a longer distance between two addresses stands for is not one mapping. */
const LONGEST = 1n << 40n;
/** Group n starts at n times this: 0x100000000000, 0x200000000000 ... */
const GROUP = 1n << 44n;
const PAGE = 4096n;

/** @typedef {{ readonly start: bigint, readonly end: bigint }} Range */

/**
 * @param {Notebook} notebook executed
 * @returns {Notebook} a copy whose outputs hold no address of that run
 */
export function relabelAddresses(notebook) {
  const texts = textsOfOutputs(notebook);
  const named = namedIn(notebook);
  const label = labels(
    texts.flatMap(addressesIn).filter((address) => isRandom(address) && !named.has(address)),
    texts.flatMap(rangesIn),
  );
  const relabelled = (/** @type {string} */ text) =>
    text
      .replace(ADDRESS, (token) =>
        token.replace(DIGITS, (digits) => {
          const address = BigInt(`0x${digits}`);
          return (label.get(address) ?? address).toString(16).padStart(digits.length, "0");
        }),
      )
      .replace(CUT_OFF, "");
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.outputs === undefined ? cell : { ...cell, outputs: cell.outputs.map((output) => mapStrings(output, relabelled)) },
    ),
  };
}

/**
 * The addresses in outputs that the kernel may have chosen at random and that the text of the notebook does not name.
 * @param {Notebook} notebook executed
 * @returns {bigint[]}
 */
export function absoluteAddresses(notebook) {
  const named = namedIn(notebook);
  return textsOfOutputs(notebook)
    .flatMap(addressesIn)
    .filter((address) => isRandom(address) && !named.has(address));
}

/**
 * @param {readonly bigint[]} addresses in the order they appear
 * @param {readonly Range[]} ranges mappings that some of them belong to
 * @returns {Map<bigint, bigint>} the label of each
 */
function labels(addresses, ranges) {
  const sorted = [...ranges, ...addresses.map((address) => ({ start: address, end: address }))].sort((one, other) =>
    one.start < other.start ? -1 : one.start > other.start ? 1 : 0,
  );
  /** @type {Map<bigint, bigint>} the first address of each one's group */
  const groups = new Map();
  let first = 0n;
  let reach = -FAR;
  for (const { start, end } of sorted) {
    if (start - reach > FAR) first = start - (start % PAGE);
    groups.set(start, first);
    if (end > reach) reach = end;
  }
  const order = [...new Set(addresses.map((address) => groups.get(address)))];
  return new Map(
    addresses.map((address) => {
      const group = groups.get(address) ?? address;
      return [address, BigInt(order.indexOf(group) + 1) * GROUP + address - group];
    }),
  );
}

/**
 * What the cells and the text name themselves, such as the highest address, is the same in every run.
 * @param {Notebook} notebook
 * @returns {Set<bigint>}
 */
function namedIn({ cells }) {
  return new Set(cells.flatMap(({ source }) => addressesIn(wholeText(source).replace(/(?<=[0-9a-f])n\b|_/g, ""))));
}

/**
 * @param {string} text
 * @returns {Range[]}
 */
function rangesIn(text) {
  return [...text.matchAll(RANGE)]
    .map(([, start, end]) => ({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }))
    .filter(({ start, end }) => isRandom(start) && end > start && end - start < LONGEST);
}

/**
 * @param {string} text
 * @returns {bigint[]}
 */
function addressesIn(text) {
  return [...text.matchAll(ADDRESS)].flatMap(([token]) => [...token.matchAll(DIGITS)].map(([digits]) => BigInt(`0x${digits}`)));
}

/**
 * Every text in the outputs.
 * @param {Notebook} notebook executed
 * @returns {string[]}
 */
function textsOfOutputs({ cells }) {
  /** @type {string[]} */
  const texts = [];
  mapStrings(
    cells.map(({ outputs = [] }) => outputs),
    (text) => {
      texts.push(text);
      return text;
    },
  );
  return texts;
}

/**
 * A copy with every text in it changed.
 * @template T
 * @param {T} value plain data
 * @param {(text: string) => string} change
 * @returns {T}
 */
function mapStrings(value, change) {
  /** @param {unknown} one @returns {unknown} */
  const copy = (one) => {
    if (typeof one === "string") return change(one);
    if (Array.isArray(one)) return one.map(copy);
    if (typeof one === "object" && one !== null) return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, copy(item)]));
    return one;
  };
  return /** @type {T} */ (copy(value));
}
