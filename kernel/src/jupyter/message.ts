/**
 * Messages of the Jupyter protocol 5.4 as values. How they look on the wire is in `wire.ts`.
 */

/** The version of the protocol the kernel speaks. */
export const PROTOCOL_VERSION = "5.4";

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  /** ISO 8601. */
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

/** Any JSON object; its fields are checked where they are used. */
export type Content = Readonly<Record<string, unknown>>;

/** A message from a front end. */
export interface Message {
  /** Routing identities: where a reply goes. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parentHeader: Content;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Buffer[];
}

/** What a message to a front end is made of besides its header. */
export interface Outgoing {
  readonly content: Content;
  /** The request it answers or belongs to; null for a message of the kernel's own. */
  readonly parent: Header | null;
  readonly metadata?: Content;
  readonly buffers?: readonly Uint8Array[];
}

/** A text field of a request; `otherwise` where it is missing or no text. */
export function textOf(content: Content, name: string, otherwise = ""): string {
  const value = content[name];
  return typeof value === "string" ? value : otherwise;
}

/** A whole number of a request that is not negative. */
export function countOf(content: Content, name: string, otherwise: number): number {
  const value = content[name];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : otherwise;
}

/** A yes or no of a request. */
export function flagOf(content: Content, name: string, otherwise: boolean): boolean {
  const value = content[name];
  return typeof value === "boolean" ? value : otherwise;
}

/** An object of a request; empty where it is missing. */
export function objectOf(content: Content, name: string): Content {
  const value = content[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Content) : {};
}
