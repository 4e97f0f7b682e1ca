/** Answers the address space panel: registers the comm's target. Until a panel opens a comm this costs nothing. */
import { ADDRESS_SPACE_TARGET, ADDRESS_SPACE_VERSION, PANEL_INTERVAL_MS } from "../../views/index.js";
import { theLab } from "../the-lab.js";
import { PanelFeed } from "./panel-feed.js";

/** A comm as the notebook's runtime has it. */
export interface PanelComm {
  onMessage: ((message: { readonly data: Readonly<Record<string, unknown>> }) => void) | null;
  onClose: (() => void) | null;
  send(data: Readonly<Record<string, unknown>>): void;
  close(data?: Readonly<Record<string, unknown>>): void;
}

/** What the runtime offers to libraries; absent outside a notebook. */
interface CommTargets {
  registerTarget(name: string, open: (comm: PanelComm, message: { readonly data: Readonly<Record<string, unknown>> }) => void): void;
}

const COMMS = Symbol.for("Jupyter.comms");

/** Tells the runtime who answers when a panel opens a comm. Does nothing outside a notebook. */
export function offerPanel(): void {
  const targets = (globalThis as Record<symbol, unknown>)[COMMS] as CommTargets | undefined;
  targets?.registerTarget(ADDRESS_SPACE_TARGET, (comm, { data }) => answer(comm, data));
}

/** Feeds a panel from now until it closes its comm. */
function answer(comm: PanelComm, request: Readonly<Record<string, unknown>>): void {
  if (request["version"] !== ADDRESS_SPACE_VERSION) {
    comm.close({ reason: `this kernel and the panel are of different versions of mmaplab; install both from one` });
    return;
  }
  try {
    const interval = request["intervalMs"];
    const feed = new PanelFeed(theLab(), {
      send: (message) => comm.send({ ...message }),
      fail: (reason) => comm.close({ reason }),
      intervalMs: typeof interval === "number" ? interval : PANEL_INTERVAL_MS.usual,
    });
    comm.onMessage = ({ data }) => {
      if (data["type"] === "resend") feed.resend();
    };
    comm.onClose = () => feed.stop();
  } catch (error) {
    comm.close({ reason: error instanceof Error ? error.message : String(error) });
  }
}
