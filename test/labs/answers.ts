/** For each exercise of the guided notebooks an answer that must pass and one that must not. */

/** Expressions that take the place of the stub. */
export interface Answer {
  readonly right: string;
  readonly wrong: string;
}

/** Notebook to exercise to answers. */
export const ANSWERS: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  "01-first-mapping": {
    faultsWrittenFirst: { right: "4", wrong: "8" },
    refusedRead: { right: "() => { mprotect(m, PROT.NONE); m.load(0); }", wrong: "() => { m.load(2 ** 30); }" },
    byteInTheFile: { right: "40", wrong: "99" },
  },
  "02-arguments-and-flags": {
    insist: {
      right: "() => mmap(first.addr, PAGE_SIZE, RW, ANON | MAP.FIXED_NOREPLACE, -1, 0)",
      wrong: "() => mmap(null, 0, RW, ANON, -1, 0)",
    },
    pagesOfLength: { right: "2", wrong: "1" },
    faultsAfterReadOnly: { right: "16", wrong: "0" },
    offsetOfNine: { right: "7 * PAGE_SIZE", wrong: "9 * PAGE_SIZE" },
  },
  "03-errors": {
    errorForDirectory: { right: '"ENODEV"', wrong: '"EACCES"' },
    errorForWriteOnly: { right: '" eacces "', wrong: '"EBADF"' },
    byteAfterGrowing: { right: "0", wrong: "77" },
    busError: { right: "() => { ftruncate(short, 0); tail.load(0); }", wrong: "() => { munmap(tail); tail.load(0); }" },
  },
  "04-page-faults-anonymous": {
    faultsOfTheMix: { right: "12", wrong: "8" },
    faultsAfterTheChild: { right: "8", wrong: "0" },
    prepare: { right: "() => madvise(fresh, MADV.POPULATE_WRITE)", wrong: '() => fresh.touch({ access: "read" })' },
  },
  "05-page-faults-files": {
    byteAfterDontneed: { right: "16", wrong: "0" },
    majorsAtRandom: { right: "32", wrong: "48" },
    fetchAll: { right: "() => madvise(late, MADV.POPULATE_READ)", wrong: "() => madvise(late, MADV.WILLNEED)" },
  },
  "06-msync-and-write-back": {
    faultsAfterHalf: { right: "4", wrong: "8" },
    byteWithoutMsync: { right: "77", wrong: "40" },
    busy: { right: "() => { mlock(f.addr, PAGE_SIZE); msync(f, MS.INVALIDATE); }", wrong: "() => msync(f.addr, PAGE_SIZE, MS.INVALIDATE)" },
  },
  "07-sharing-files": {
    faultsOfTheThird: { right: "8", wrong: "0" },
    byteOfPageThree: { right: "9", wrong: "3" },
    deadly: {
      right: "() => { ftruncate(fd, 4 * PAGE_SIZE); other.run(() => theirs.load(12 * PAGE_SIZE)); }",
      wrong: "() => other.run(() => theirs.load(12 * PAGE_SIZE))",
    },
  },
  "08-sharing-with-fork": {
    faultsOfBoth: { right: "8", wrong: "16" },
    loadedByGrandchild: { right: "44", wrong: "1" },
    protect: { right: "() => madvise(secret, MADV.WIPEONFORK)", wrong: "() => madvise(secret, MADV.DONTFORK)" },
  },
  "09-vmas": {
    vmasAtTheEnd: { right: "2", wrong: "4" },
    makeOne: { right: "() => put(64, 4)", wrong: "() => put(64, 4, PROT.READ)" },
    everyThird: { right: "11", wrong: "6" },
  },
  "10-finding-a-vma": {
    nodesInTheList: { right: "200", wrong: "100" },
    nodesInTheTree: { right: "7", wrong: "6" },
    releaseOfTheBlog: { right: '"5.10"', wrong: '"linux-2.6"' },
  },
  "11-changing-mappings": {
    errorOfMprotect: { right: '"EACCES"', wrong: '"EPERM"' },
    faultsAfterDontunmap: { right: "8", wrong: "16" },
    forget: {
      right: "() => madvise(at(42), 2 * PAGE_SIZE, MADV.DONTNEED)",
      wrong: "() => madvise(at(42), 2 * PAGE_SIZE, MADV.WILLNEED)",
    },
  },
  "12-write-your-own-pager": {
    timesAsked: { right: "8", wrong: "12" },
    abc: {
      right: '({ index }) => Uint8Array.from({ length: PAGE_SIZE }, (_, at) => "abc".charCodeAt((index * PAGE_SIZE + at) % 3))',
      wrong: '() => Uint8Array.from({ length: PAGE_SIZE }, (_, at) => "abc".charCodeAt(at % 3))',
    },
    listedAsWritten: { right: '"yes"', wrong: '"no"' },
  },
  "13-the-article-on-trial": {
    withoutFault: {
      right: "() => { munmap(room); mmap(room.addr, PAGE_SIZE, RW, ANON | MAP.FIXED, -1, 0).load(0); }",
      wrong: "() => { munmap(room); room.load(0); }",
    },
    writeBack: { right: "() => fsync(regionFile)", wrong: "() => msync(region, MS.SYNC)" },
    verdictOnFork: { right: '"half true"', wrong: '"true once"' },
  },
};
