/**
 * The machine code that last-words.S assembles to. After a change there, assemble it again and put the result here as
 * base64 (the head of last-words.S has the command); the unit tests compare the two where binutils is installed.
 */
const BASE64 = [
  "uA8AAAAPBczMzMzMzMzMzOsIbW1hcGxhYjFTVUFUQVVBVkiD7CCJ+0mJ9EmJ1Y1L/7gBAAAASNPgSIkEJL8AAAAASInmMdJBuggAAAC4DgAAAA8FSI0FpQ8AAEiL",
  "BNhIhcB0IYnfTInmTInq/9CJ3zH2SIni6GYBAABIgzwkAA+FIQEAALgBAAAAhwV0EQAAhcAPhRsBAACJHXITAABBi0QkCIkFaxMAAEmLRCQQSIkFYxMAAEmLhagA",
  "AABIiQVdEwAASYuFwAAAAEiJBVcTAABJi4XIAAAASIkFURMAALgnAAAADwWJBUwTAAC4ugAAAA8FiQVDEwAAiy0BEQAASI01+hIAALpAAAAA6KwAAABIhcB4UUiN",
  "PdIAAAC+AAAIADHSuAIAAAAPBYXAeDhBicZEifdIjTXFHgAAugAwAAC4AAAAAA8FSIP4/HTkSIXAfhRIicJIjTWkHgAA6FsAAABIhcB5yzHASIkEJEiJRCQISIlE",
  "JBBIiUQkGInfSInmMdLoWQAAALgnAAAADwVBicS4ugAAAA8FRInnicaJ2rjqAAAADwVIg8QgQV5BXUFcXVvDuCIAAAAPBev3SIXSdByJ77gBAAAADwVIg/j8dOxI",
  "hcB4CkgBxkgpwuvfMcDDQboIAAAAuA0AAAAPBcMvcHJvYy9zZWxmL21hcHMA",
].join("");

/** Position-independent code, less than a page; its data pages follow it. */
export const LAST_WORDS_CODE: Uint8Array = new Uint8Array(Buffer.from(BASE64, "base64"));

/** Where things lie, in bytes from the start of the code; the same names as in last-words.S. */
export const LAYOUT = {
  restorer: 0,
  handler: 16,
  previous: 4096,
  descriptor: 4096 + 512,
  report: 4096 + 1024,
  end: 5 * 4096,
} as const;
