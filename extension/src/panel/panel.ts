/**
 * The panel's contents: follows the notebook in front, and keeps a feed for each notebook it has shown. Loaded when the
 * panel is first shown.
 */
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Phrases } from "../phrases.js";
import { Feed } from "./feed.js";
import { SpaceView } from "./space-view.js";

export class AddressSpacePanel {
  readonly #view: SpaceView;
  readonly #feeds = new Map<ISessionContext, Feed>();
  #current: ISessionContext | null = null;
  #isShown = false;

  /**
   * @param host what it fills
   * @param intervalMs gives the interval of messages while a cell runs
   */
  constructor(
    host: HTMLElement,
    trans: Phrases,
    private readonly intervalMs: () => number,
  ) {
    this.#view = new SpaceView(trans);
    host.replaceChildren(this.#view.node);
  }

  /** Shows the kernel of another notebook; null for none. */
  follow(session: ISessionContext | null): void {
    this.#current = session;
    if (this.#isShown) this.#showCurrent();
  }

  /** The panel came into sight, or is in sight no more: without it nothing is sent. */
  set shown(isShown: boolean) {
    if (isShown === this.#isShown) return;
    this.#isShown = isShown;
    if (isShown) this.#showCurrent();
    else for (const feed of this.#feeds.values()) feed.close();
  }

  /** Forgets the operations that are listed for the current notebook. */
  clearHistory(): void {
    if (this.#current !== null) this.#feeds.get(this.#current)?.clearHistory();
  }

  resize(): void {
    this.#view.resize();
  }

  dispose(): void {
    this.#view.dispose();
    for (const feed of this.#feeds.values()) feed.dispose();
    this.#feeds.clear();
  }

  #showCurrent(): void {
    const session = this.#current;
    if (session === null || session.isDisposed) {
      this.#view.feed = null;
      return;
    }
    let feed = this.#feeds.get(session);
    if (feed === undefined) {
      feed = new Feed(session, this.intervalMs);
      this.#feeds.set(session, feed);
      session.disposed.connect(this.#onSessionDisposed, this);
    }
    feed.open();
    this.#view.feed = feed;
    this.#view.render();
  }

  #onSessionDisposed(session: ISessionContext): void {
    this.#feeds.get(session)?.dispose();
    this.#feeds.delete(session);
    if (this.#current !== session) return;
    this.#current = null;
    this.#view.feed = null;
  }
}
