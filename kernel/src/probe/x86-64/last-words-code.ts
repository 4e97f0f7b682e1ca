/**
 * The machine code that last-words.S assembles to. After a change there, assemble it again and put the result here as
 * base64 (the head of last-words.S has the command); the unit tests compare the two where binutils is installed.
 */
import type { LastWordsCode } from "../architecture.js";

const BASE64 = [
  "uA8AAAAPBczMzMzMzMzMzOsIbW1hcGxhYjFTVUFUQVVBVkiD7CCJ+0mJ9EmJ1Y1L/7gBAAAASNPgSIkEJL8AAAAASInmMdJBuggAAAC4DgAAAA8FSI0FpQ8AAEiL",
  "BNhIhcB0IYnfTInmTInq/9CJ3zH2SIni6GYBAABIgzwkAA+FIQEAALgBAAAAhwV0EQAAhcAPhRsBAACJHXITAABBi0QkCIkFaxMAAEmLRCQQSIkFYxMAAEmLhagA",
  "AABIiQVdEwAASYuFwAAAAEiJBVcTAABJi4XIAAAASIkFURMAALgnAAAADwWJBUwTAAC4ugAAAA8FiQVDEwAAiy0BEQAASI01+hIAALpAAAAA6KwAAABIhcB4UUiN",
  "PdIAAAC+AAAIADHSuAIAAAAPBYXAeDhBicZEifdIjTXFHgAAugAwAAC4AAAAAA8FSIP4/HTkSIXAfhRIicJIjTWkHgAA6FsAAABIhcB5yzHASIkEJEiJRCQISIlE",
  "JBBIiUQkGInfSInmMdLoWQAAALgnAAAADwVBicS4ugAAAA8FRInnicaJ2rjqAAAADwVIg8QgQV5BXUFcXVvDuCIAAAAPBev3SIXSdByJ77gBAAAADwVIg/j8dOxI",
  "hcB4CkgBxkgpwuvfMcDDQboIAAAAuA0AAAAPBcMvcHJvYy9zZWxmL21hcHMA",
].join("");

const DATA = 4096;

/** The handler of signals that end a process: less than a page, with its data in the pages after it. The names are those of last-words.S. */
export const LAST_WORDS: LastWordsCode = {
  code: new Uint8Array(Buffer.from(BASE64, "base64")),
  restorer: 0,
  handler: 16,
  data: DATA,
  previous: DATA,
  descriptor: DATA + 512,
  report: DATA + 1024,
  end: 5 * DATA,
};
