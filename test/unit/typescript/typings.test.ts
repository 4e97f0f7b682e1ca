import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { nodeTypeRoot } from "../../../kernel/src/runtime/typescript/packages.js";
import { Typings, withoutComments } from "../../../kernel/src/runtime/typescript/typings.js";

const read = (path: string): string => readFileSync(path, "utf8");
const typings = new Typings(read, null);
const library = join(dirname(ts.sys.getExecutingFilePath()), "lib.es2023.d.ts");
const node = join(nodeTypeRoot(), "node", "index.d.ts");

function parsed(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
}

/** The syntax tree as text: kinds, and the text of what has no parts. */
function shapeOf(file: ts.SourceFile): string[] {
  const shape: string[] = [];
  const visit = (part: ts.Node): void => {
    shape.push(ts.isIdentifier(part) || ts.isStringLiteral(part) ? part.text : ts.SyntaxKind[part.kind]);
    ts.forEachChild(part, visit);
  };
  ts.forEachChild(file, (statement) => {
    if (statement.kind !== ts.SyntaxKind.EndOfFileToken) visit(statement);
  });
  return shape;
}

describe("withoutComments", () => {
  test.each([
    ["a comment in a string stays", `declare const a: "/* not */ // a comment";`],
    ["a comment in a template stays", "declare const a: `// ${string} /* x */`;"],
    ["quotes inside a comment open no string", `/* don't */ declare const a: "x"; // it's\ndeclare const b: 'y';`],
    ["statements without semicolons stay apart", "declare const a: number /* 1\n */ declare const b: string"],
    ["a template over lines stays", "declare const a: `\n  // x\n`;"],
  ])("%s", (_name, text) => {
    expect(shapeOf(parsed("a.d.ts", withoutComments(text)))).toEqual(shapeOf(parsed("a.d.ts", text)));
  });

  test("takes comments away", () => {
    expect(withoutComments("/** A. */\ndeclare const a: /* b */ number; // c\n").trim()).toBe("declare const a:   number;");
  });

  test("keeps what tells the compiler to load files", () => {
    expect(withoutComments('/// <reference lib="es2020" />\n/// <amd-module />\n')).toBe('/// <reference lib="es2020" />\n');
  });
});

describe.each([
  ["the libraries of JavaScript", library],
  ["the typings of Node", node],
])("%s in one text", (_name, path) => {
  test("hold the statements of the files they are made of, in order", () => {
    const { text, segments } = typings.replacementOf(path) ?? { text: "", segments: [] };
    expect(segments.length).toBeGreaterThan(30);
    const file = parsed(path, text);
    const [first, ...originals] = segments.map((segment) => shapeOf(parsed(segment.path, read(segment.path))));
    expect(shapeOf(file)).toEqual(originals.reduce((all, shape) => all.concat(shape), first ?? []));
  });

  test("leave nothing in the files themselves", () => {
    const { segments } = typings.replacementOf(path) ?? { segments: [] };
    for (const segment of segments.filter((each) => each.path !== path)) expect(typings.replacementOf(segment.path)?.text).toBe("");
  });
});

test("modules of Node that nothing global needs are declared in files of their own", () => {
  const http2 = typings.modulesOnDemand.get("node:http2");
  expect(http2).toBe(join(dirname(node), "http2.d.ts"));
  expect(typings.replacementOf(http2 ?? "")?.text).toContain('declare module "http2"');
  expect(typings.replacementOf(node)?.text).not.toContain('declare module "http2"');
  expect(typings.modulesOnDemand.has("fs")).toBe(false);
});

test("other declaration files are left alone", () => {
  expect(typings.replacementOf("/notebook/node_modules/a/index.d.ts")).toBeUndefined();
  expect(typings.replacementOf(library.replace(/\.d\.ts$/, ".js"))).toBeUndefined();
});
