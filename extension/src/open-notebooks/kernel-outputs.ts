/** The views among the messages of a kernel, read with care: what they hold is checked where it is used. */
import type { KernelMessage } from "@jupyterlab/services";
import { VIEW_MIME_TYPE } from "mmaplab/views";

/** A view as it came, of which nothing is known but that it is an object. */
export type RawView = Readonly<Record<string, unknown>>;

/** The views that a message displays, those inside of an observation too; none for other messages. */
export function viewsIn(message: KernelMessage.IMessage): readonly RawView[] {
  const type = message.header.msg_type;
  if (type !== "display_data" && type !== "execute_result") return [];
  const { data } = message.content as { readonly data?: Readonly<Record<string, unknown>> };
  const bundle = data?.[VIEW_MIME_TYPE];
  if (!isObject(bundle)) return [];
  const { kind, views } = bundle;
  return kind === "observation" && Array.isArray(views) ? views.filter(isObject) : [bundle];
}

/** Whether a cell starts with this message. */
export function startsCell(message: KernelMessage.IMessage): boolean {
  return message.header.msg_type === "execute_input";
}

export function isObject(value: unknown): value is RawView {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
