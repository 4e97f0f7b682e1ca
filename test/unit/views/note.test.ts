/** The note of an observation, in every form it is shown. */
import { expect, test } from "vitest";
import { noteLines, toSvg, toText, validateBundle, type ViewBundle } from "../../../kernel/src/views/index.js";

const BUNDLE: ViewBundle = {
  version: 1,
  kind: "observation",
  title: "a prediction",
  note: "This would end with <b>SIGSEGV</b>\nsecond\u001b[31m",
  views: [],
};

test("a note passes validation and keeps its lines", () => {
  const checked = validateBundle(JSON.parse(JSON.stringify(BUNDLE)));
  expect(checked).toMatchObject({ ok: true, bundle: { note: BUNDLE.kind === "observation" ? BUNDLE.note : "" } });
});

test("a note that is no text is refused", () => {
  expect(validateBundle({ ...BUNDLE, note: 5 })).toMatchObject({ ok: false });
});

test("the text shows it below the title, without control characters", () => {
  expect(toText(BUNDLE).split("\n").slice(0, 3)).toEqual(["a prediction", "This would end with <b>SIGSEGV</b>", "second\\u{1b}[31m"]);
});

test("the picture shows it escaped", () => {
  expect(toSvg(BUNDLE)).toContain("This would end with &#60;b&#62;SIGSEGV");
  expect(toSvg(BUNDLE)).not.toContain("<b>");
});

test("a bundle without a note has no lines", () => {
  expect(noteLines({ version: 1, kind: "latency", title: "t", series: [] })).toEqual([]);
});
