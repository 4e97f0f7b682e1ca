/**
 * The machine code that last-words.S assembles to. After a change there, assemble it again and put the result here as
 * base64 (the head of last-words.S has the command); the unit tests compare the two where binutils for arm64 is installed.
 */
import type { LastWordsCode } from "../architecture.js";

const BASE64 = [
  "aBGA0gEAANQAACDUAAAg1AMAABRtbWFwbGFiMf17uqn9AwCR81MBqfVbAqn3GwD58wMAKvUDAar2AwKqaQYAUSoAgNJKIcma6iMA+QAAgFLhAwGRAgCA0gMBgNLoEIDSAQAA1On8",
  "BxApeXP4aQEAtOADEyrhAxWq4gMWqiABP9bgAxMqAQCA0uIDAZFfAACU6SNA+akIALVpCwgQKgCAUiv9X4gq/QyIzP//NYsIADWKGggQUxEAuakKQLlJFQC5qQpA+UkNAPnJ3kD5",
  "SREA+eIDFqpRAACUSxUA+Wt9WtNLGQD5iBWA0gEAANRAOQC5SBaA0gEAANRAPQC5KQgIEDQBQLnhAwqqAgiA0jMAAJTAAvi3YAyAkgEKABACAaBSAwCAUggHgNIBAADU4AH4N/cD",
  "ACrgAxcqQXYIEAIAhtLoB4DSAQAA1B8QALFA//9UHwAA8a0AAFTiAwCqIXUIEB4AAJSA/v+2/38Eqf9/BangAxMq4QMBkQIAgNIjAACUiBWA0gEAANT1AwAqSBaA0gEAANThAwAq",
  "4AMVKuIDEypoEIDSAQAA1PNTQan1W0Kp9xtA+f17xqjAA1/WAACA0gEAgNICAIDSAwCA0igJgNIBAADU+v//F0IBALTgAxQqCAiA0gEAANQfEACxYP//VKAA+LchAACLQgAAy/f/",
  "/xcAAIDSwANf1gMBgNLIEIDSAQAA1MADX9YLAIDSKUCKUmmqqHJMQAeRjcE/kY49QCnfAQlr4AAAVP8hAHHDAABUjAEPi58BDesp//9UwANf1osFQPnAA1/WL3Byb2Mvc2VsZi9t",
  "YXBzAA==",
].join("");

const DATA = 65536;

/** The handler of signals that end a process: less than a page, with its data 64 KiB after its start. The names are those of last-words.S. */
export const LAST_WORDS: LastWordsCode = {
  code: new Uint8Array(Buffer.from(BASE64, "base64")),
  restorer: 0,
  handler: 16,
  data: DATA,
  previous: DATA,
  descriptor: DATA + 512,
  report: DATA + 1024,
  end: 2 * DATA,
};
