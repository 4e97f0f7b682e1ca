/**
 * Runs `execute_request`s one after another: compile, run, report. Knows the execution count and the history.
 */
import type { CompiledCell, ErrorReport, ServiceReply } from "../runtime/frames.js";
import type { CellHost, Ending, RunOptions } from "./cell-host.js";
import { parseHelpLine, type HelpLine } from "./help-line.js";
import type { History } from "./history.js";
import type { IoPub } from "./iopub.js";
import { flagOf, objectOf, textOf, type Content, type Header, type Message } from "./message.js";
import type { TypeScriptService } from "./typescript-service.js";

/** Steps of an interrupt, in ms after it. The first, at once, ends JavaScript; most cells end within 20 ms. */
const SIGNAL_AFTER_MS = 300;
const REPLACE_AFTER_MS = 1500;

/** What is executed now. */
export interface Running {
  readonly request: Message;
  readonly allowStdin: boolean;
  /** Set while the cell process runs it; null while it is compiled. */
  execution: number | null;
  interrupted: boolean;
}

export interface ExecutorParts {
  readonly iopub: IoPub;
  readonly cells: CellHost;
  readonly typescript: TypeScriptService;
  readonly history: History;
}

type Outcome =
  | { readonly status: "ok"; readonly data: Content | null; readonly metadata: Content }
  | { readonly status: "error"; readonly error: ErrorReport };

function interruptedBeforeItRan(executionCount: number): Outcome {
  const evalue = `cell [${executionCount}] was interrupted before it ran`;
  return { status: "error", error: { ename: "KeyboardInterrupt", evalue, traceback: [`KeyboardInterrupt: ${evalue}`] } };
}

export class Executor {
  readonly #parts: ExecutorParts;
  #executionCount = 0;
  #running: Running | null = null;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** What is executed now; null between cells. */
  get running(): Running | null {
    return this.#running;
  }

  /** Executes the code of an `execute_request` and returns the content of its reply. */
  async execute(request: Message): Promise<Content> {
    const { iopub, history } = this.#parts;
    const { content, header } = request;
    const code = textOf(content, "code");
    const silent = flagOf(content, "silent", false);
    const storeHistory = !silent && flagOf(content, "store_history", true);
    // An empty cell does not count: it has nothing to be numbered.
    const isEmpty = code.trim() === "";
    if (storeHistory && !isEmpty) {
      this.#executionCount++;
      history.add(this.#executionCount, code);
    }
    const executionCount = this.#executionCount;
    if (!silent) iopub.publish("execute_input", { code, execution_count: executionCount }, header);

    this.#running = { request, allowStdin: flagOf(content, "allow_stdin", true), execution: null, interrupted: false };
    try {
      const help = parseHelpLine(code);
      if (help !== null) {
        const payload = await this.#pageFor(help, silent ? null : header);
        return { status: "ok", execution_count: executionCount, payload, user_expressions: {} };
      }
      const outcome: Outcome = isEmpty
        ? { status: "ok", data: null, metadata: {} }
        : await this.#compileAndRun(code, executionCount, silent);
      if (outcome.status === "error") {
        if (!silent) iopub.publish("error", { ...outcome.error }, header);
        return { status: "error", execution_count: executionCount, ...outcome.error };
      }
      if (outcome.data !== null && !silent) {
        iopub.publish("execute_result", { execution_count: executionCount, data: outcome.data, metadata: outcome.metadata }, header);
        if (storeHistory) history.setOutput(textOf(outcome.data, "text/plain"));
      }
      const userExpressions = await this.#evaluateAll(objectOf(content, "user_expressions"), executionCount, !silent);
      return { status: "ok", execution_count: executionCount, payload: [], user_expressions: userExpressions };
    } finally {
      this.#running = null;
    }
  }

  /** Ends the cell that is executed now, or else the handler of a comm message, in steps: V8, a signal, the process. */
  interrupt(): void {
    const { cells, typescript } = this.#parts;
    // A cell may also wait behind a handler that does not end.
    const delivery = cells.delivery;
    if (delivery !== null) cells.terminate(delivery);
    const running = this.#running;
    if (running === null) {
      if (delivery !== null) this.#insist(delivery);
      return;
    }
    const isFirst = !running.interrupted;
    running.interrupted = true;
    if (running.execution !== null) cells.terminate(running.execution);
    if (!isFirst) return; // the later steps are under way
    const stillRuns = (): boolean => this.#running === running;
    setTimeout(() => {
      if (!stillRuns() || running.execution === null) return;
      cells.terminate(running.execution); // once more: it may have begun since
      cells.signal();
    }, SIGNAL_AFTER_MS);
    setTimeout(() => {
      if (!stillRuns()) return;
      if (running.execution === null) typescript.restart();
      else cells.replace("interrupt");
    }, REPLACE_AFTER_MS);
  }

  /** The later steps of the interrupt of a handler while no cell runs. */
  #insist(delivery: number): void {
    const { cells } = this.#parts;
    const stillRuns = (): boolean => this.#running === null && cells.delivery === delivery;
    setTimeout(() => {
      if (stillRuns()) cells.signal();
    }, SIGNAL_AFTER_MS);
    setTimeout(() => {
      if (stillRuns()) cells.replace("interrupt");
    }, REPLACE_AFTER_MS);
  }

  /** The payload that has the front end show help in its pager; the standard output says where there is none. */
  async #pageFor({ name, detail }: HelpLine, parent: Header | null): Promise<readonly Content[]> {
    const reply = await this.#parts.typescript.ask({ type: "inspect", source: name, offset: name.length, detail });
    // TypeScript gives a name it does not know the type `any`, and nothing else.
    if (reply.type === "inspection" && reply.found && reply.text.trim() !== "any") {
      return [{ source: "page", data: { "text/plain": reply.text, "text/markdown": reply.markdown }, start: 0 }];
    }
    const why = reply.type === "failed" ? reply.message : "there is no such name here";
    if (parent !== null) this.#parts.iopub.stream("stdout", `No help on ${name}: ${why}.\n`, parent);
    return [];
  }

  async #compileAndRun(code: string, executionCount: number, silent: boolean): Promise<Outcome> {
    const { typescript } = this.#parts;
    const reply = await typescript.ask({ type: "compile", source: code, executionCount });
    if (this.#running?.interrupted === true) return interruptedBeforeItRan(executionCount);
    const compiled = compiledCell(reply);
    if (compiled.status === "error") return compiled;
    const ending = await this.#run(compiled.cell, { executionCount, broadcasts: !silent, wantsResult: !silent });
    // A cell that threw halfway keeps what it had declared; of one whose process died nothing is left (the host sends `reset`).
    // Not awaited: what is asked later is answered later, and the reply to the front end need not wait for it.
    if (ending.status !== "died") void typescript.ask({ type: "accept" });
    return outcomeOf(ending);
  }

  /** `user_expressions`: evaluated after the cell, without output; each has its own success or error. */
  async #evaluateAll(expressions: Content, executionCount: number, broadcasts: boolean): Promise<Content> {
    // Without a prototype: an expression may be called `__proto__`.
    const results = Object.create(null) as Record<string, Content>;
    for (const [name, expression] of Object.entries(expressions)) {
      const request = { type: "compile", source: String(expression), executionCount, purpose: "expression" } as const;
      const compiled = compiledCell(await this.#parts.typescript.ask(request));
      const outcome =
        compiled.status === "error"
          ? compiled
          : outcomeOf(await this.#run(compiled.cell, { executionCount, broadcasts, wantsResult: true }));
      results[name] =
        outcome.status === "error"
          ? { status: "error", ...outcome.error }
          : { status: "ok", data: outcome.data ?? { "text/plain": "undefined" }, metadata: outcome.metadata };
    }
    return results;
  }

  async #run(cell: CompiledCell, options: Omit<RunOptions, "parent">): Promise<Ending> {
    const running = this.#running;
    if (running === null) throw new Error("a cell is run outside an execution");
    const { id, ending } = this.#parts.cells.run(cell, { ...options, parent: running.request.header });
    running.execution = id;
    const ended = await ending;
    running.execution = null;
    return ended;
  }
}

function compiledCell(
  reply: ServiceReply,
): { readonly status: "ok"; readonly cell: CompiledCell } | { readonly status: "error"; readonly error: ErrorReport } {
  if (reply.type === "compiled") return { status: "ok", cell: reply.cell };
  if (reply.type === "rejected") return { status: "error", error: reply.error };
  const evalue = reply.type === "failed" ? reply.message : `the TypeScript service answered "${reply.type}" to a cell`;
  const traceback = [`TypeScriptServiceError: ${evalue}.`, "The variables are kept. Run the cell again."];
  return { status: "error", error: { ename: "TypeScriptServiceError", evalue, traceback } };
}

function outcomeOf(ending: Ending): Outcome {
  if (ending.status !== "ok") return { status: "error", error: ending.error };
  return { status: "ok", data: ending.result?.data ?? null, metadata: ending.result?.metadata ?? {} };
}
