/** The text of a hover: signature, documentation, tags; plain and as Markdown. */
import ts from "typescript";

export interface Hover {
  readonly text: string;
  readonly markdown: string;
}

function joined(parts: readonly ts.SymbolDisplayPart[] | undefined): string {
  return (parts ?? []).map(({ text }) => text).join("");
}

/** A JSDoc tag in one line: `@param length in bytes`. */
function tagLine({ name, text }: ts.JSDocTagInfo): { readonly name: string; readonly text: string } {
  return { name: `@${name}`, text: joined(text) };
}

/** The signature, without the compiler's remark that a name was imported: names of the prelude never were, to a reader. */
function signatureOf(info: ts.QuickInfo): string {
  return joined(info.displayParts)
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [^\n]*$/, "");
}

export function hoverOf(info: ts.QuickInfo): Hover {
  const signature = signatureOf(info);
  const documentation = joined(info.documentation);
  const tags = (info.tags ?? []).map(tagLine);
  const plain = [signature, documentation, tags.map(({ name, text }) => `${name} ${text}`.trimEnd()).join("\n")];
  const marked = [
    `\`\`\`ts\n${signature}\n\`\`\``,
    documentation,
    tags.map(({ name, text }) => (text.includes("\n") ? `*${name}*\n\n${text}` : `*${name}* ${text}`.trimEnd())).join("  \n"),
  ];
  const whole = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");
  return { text: whole(plain), markdown: whole(marked) };
}

/**
 * Where to look when there is nothing at an offset: the name of the function whose arguments surround it, so that Shift+Tab
 * between the parentheses of `mmap(...)` tells about mmap.
 */
export function calledFunctionAt(file: ts.SourceFile, offset: number): number | undefined {
  let callee: number | undefined;
  function visit(node: ts.Node): void {
    if (offset < node.getFullStart() || offset > node.getEnd()) return;
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && offset > node.expression.getEnd()) callee = node.expression.getEnd();
    ts.forEachChild(node, visit);
  }
  visit(file);
  return callee;
}
