/**
 * Questions of cells to the person at the front end: `input_request` on the stdin channel, answered by `input_reply`.
 */
import type { Question } from "./cell-host.js";
import { textOf, type Message } from "./message.js";
import type { SendQueue } from "./sockets.js";
import type { Wire } from "./wire.js";

export class Stdin {
  readonly #queue: SendQueue;
  readonly #wire: Wire;
  #asked: Question | null = null;

  constructor(queue: SendQueue, wire: Wire) {
    this.#queue = queue;
    this.#wire = wire;
  }

  /**
   * Asks.
   *
   * @param request the request whose front end is asked; null where none waits or it takes no questions
   */
  ask(question: Question, request: Message | null): void {
    if (request === null) {
      question.answer({
        refused:
          "prompt: nobody can be asked here; the notebook is run by a program, or the cell has already ended. Put the value into the cell instead.",
      });
      return;
    }
    this.#asked = question;
    const content = { prompt: question.prompt, password: question.password };
    // The stdin socket knows a front end by the same identity as the shell socket does.
    void this.#queue.send([...request.identities, ...this.#wire.encode("input_request", { content, parent: request.header })]);
  }

  /** A message on the stdin channel. */
  receive(message: Message): void {
    if (message.header.msg_type !== "input_reply") return;
    this.#asked?.answer({ value: textOf(message.content, "value") });
    this.#asked = null;
  }

  /** Releases the cell that waits for an answer. */
  interrupt(): void {
    this.#asked?.answer({ interrupted: true });
    this.#asked = null;
  }

  /** Forgets the question: the process that asked is gone. */
  forget(): void {
    this.#asked = null;
  }
}
