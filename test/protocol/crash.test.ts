import { expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";
import { childrenOf } from "./processes.js";

const kernel = useKernel({ args: ["--heap", "64"] });

const DEATHS = [
  { name: "SIGSEGV", code: 'process.kill(process.pid, "SIGSEGV"); while (true) {}', ename: "SIGSEGV", says: "not mapped" },
  { name: "SIGBUS", code: 'process.kill(process.pid, "SIGBUS"); while (true) {}', ename: "SIGBUS", says: "past the end of a file" },
  { name: "abort", code: "process.abort();", ename: "SIGABRT", says: "abort" },
  { name: "SIGKILL", code: 'process.kill(process.pid, "SIGKILL"); while (true) {}', ename: "SIGKILL", says: "lack of memory" },
  { name: "process.exit", code: "process.exit(3);", ename: "ProcessExit", says: "status 3" },
  {
    name: "a full heap",
    code: "const all: number[][] = []; while (true) all.push(new Array(1000).fill(1.5));",
    ename: "OutOfMemory",
    says: "64 MiB",
  },
] as const;

test.each(DEATHS)("a cell ended by $name keeps its output, says why, and the next cell runs", async ({ code, ename, says }) => {
  await kernel().execute("const gone = 1;");
  const answer = await kernel().execute(`console.log("before");\n${code}`);
  expect(answer.outputs[0]?.content).toMatchObject({ name: "stdout", text: expect.stringContaining("before\n") as unknown });
  const error = answer.outputs.at(-1);
  expect(error?.type).toBe("error");
  expect(error?.content["ename"]).toBe(ename);
  expect(error?.content["evalue"]).toContain(`cell [${String(answer.reply.content["execution_count"])}]`);
  expect(error?.content["evalue"]).toContain(says);
  expect((error?.content["traceback"] as string[]).join("\n")).toContain("A fresh process is ready");
  expect(answer.reply.content).toMatchObject({ status: "error", ename });
  expect((await kernel().execute("1 + 1")).result).toBe("2");
  // The variables are gone for the type-check as well, and may be declared anew.
  expect((await kernel().execute("gone")).reply.content["ename"]).toBe("TypeScriptError");
});

test("a process that dies between two cells is replaced, and the last cell says so", async () => {
  const answer = await kernel().execute("setTimeout(() => process.exit(4), 50); process.pid");
  await kernel().heardText("between two cells");
  const notice = kernel().heard.find(({ content }) => String(content["text"]).includes("between two cells"));
  expect(notice?.parent["msg_id"]).toBe(answer.reply.parent["msg_id"]);
  expect((await kernel().execute("2 + 2")).result).toBe("4");
});

test("the kernel has its two child processes and no more after all this", () => {
  expect(childrenOf(kernel().process.pid)).toHaveLength(2);
});

test("the TypeScript service is replaced when it dies, and knows the cells still", async () => {
  await kernel().execute("const remembered: string = 'yes';");
  const service = childrenOf(kernel().process.pid).find((each) => each.arguments.some((argument) => argument.includes("/typescript/")));
  if (service === undefined) throw new Error("there is no TypeScript service");
  process.kill(service.pid, "SIGKILL");
  // The request under way when it dies may fail; it says so, and running the cell again works.
  await kernel().execute("1");
  expect((await kernel().execute("remembered")).result).toBe("'yes'");
  expect((await kernel().execute("remembered.nope")).reply.content["ename"]).toBe("TypeScriptError");
});
