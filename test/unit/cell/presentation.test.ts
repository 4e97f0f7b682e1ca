import { expect, test } from "vitest";
import { DISPLAY, isMimeBundle, present, presentValueOrBundle } from "../../../kernel/src/runtime/cell/presentation.js";

test("a value without a method of its own is shown as Node inspects it", () => {
  expect(present({ a: [1n] })).toEqual({ "text/plain": "{ a: [ 1n ] }" });
  expect(present("text")).toEqual({ "text/plain": "'text'" });
});

test("a display method decides, and may be inherited or asynchronous", async () => {
  class Shown {
    [DISPLAY](): unknown {
      return { "image/png": new Uint8Array([1, 2, 3]) };
    }
  }
  expect(present(new Shown())).toEqual({ "image/png": "AQID" });
  expect(await present({ [DISPLAY]: () => Promise.resolve({ "text/html": "x" }) })).toEqual({ "text/html": "x" });
  expect(present({ [DISPLAY]: () => null })).toBeNull();
});

test("a result's display method is told the execution, so that a value displayed in it before can show nothing", () => {
  const shownIn = 7;
  const value = { [DISPLAY]: (execution?: number) => (execution === shownIn ? null : { "text/plain": "shown" }) };
  expect(present(value, 7)).toBeNull();
  expect(present(value, 8)).toEqual({ "text/plain": "shown" });
  expect(presentValueOrBundle(value)).toEqual({ "text/plain": "shown" });
});

test("a display method that returns something else is named", () => {
  expect(() => present({ [DISPLAY]: () => "text" })).toThrow(/MIME type/);
});

test.each([
  [{ "text/plain": "x" }, true],
  [{ "application/vnd.a.v1+json": {}, "text/plain": "x" }, true],
  [{ "text/plain": "x", other: 1 }, false],
  [{}, false],
  [["text/plain"], false],
  [null, false],
])("%j is a bundle: %j", (value, expected) => {
  expect(isMimeBundle(value)).toBe(expected);
});

test("display() takes a bundle as it is, but as a result it is a value", () => {
  expect(presentValueOrBundle({ "text/plain": "x" })).toEqual({ "text/plain": "x" });
  expect(present({ "text/plain": "x" })).toEqual({ "text/plain": "{ 'text/plain': 'x' }" });
});
