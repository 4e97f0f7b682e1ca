/**
 * The colours with a meaning, the same in static pictures and in figures. They are those of Okabe and Ito, which people
 * with any common colour blindness can tell apart; and nothing is told by colour alone: pages carry their letter, fault
 * kinds and accesses a symbol. Fills carry black text.
 */
import type { VmaView } from "./view.js";

/** What stands behind a VMA, and whether others see its stores. */
export type VmaClass = "private-anonymous" | "shared-anonymous" | "private-file" | "shared-file";

export function vmaClass(vma: VmaView): VmaClass {
  const shared = vma.perms.endsWith("s");
  if (vma.object === null || vma.object === "/dev/zero") return shared ? "shared-anonymous" : "private-anonymous";
  return shared ? "shared-file" : "private-file";
}

export const VMA_FILLS: Readonly<Record<VmaClass, string>> = {
  "private-anonymous": "#56b4e9",
  "shared-anonymous": "#cc79a7",
  "private-file": "#e69f00",
  "shared-file": "#2fb58b",
};

/** Fills of page letters. "." is drawn hollow; MIXED is grey. */
export const PAGE_FILLS: Readonly<Record<string, string>> = {
  a: "#8fd0f5",
  A: "#3d93c9",
  z: "#c8c8c8",
  f: "#f2bd49",
  F: "#d98200",
  s: "#d9a3c3",
  g: "#f0e442",
  "+": "#a8a8a8",
};

/** Lines and points, for light and for dark ground. */
export const INKS = {
  light: { blue: "#0072b2", vermillion: "#c04f00", purple: "#a03a77", green: "#00795a" },
  dark: { blue: "#56b4e9", vermillion: "#f08a3c", purple: "#e29cc4", green: "#2fc79a" },
} as const;

/** The names of {@link INKS}, in the order in which series take them. */
export const INK_NAMES = ["blue", "vermillion", "green", "purple"] as const;

export type InkName = (typeof INK_NAMES)[number];

/** The ink of each kind of fault. */
export const FAULT_INKS = { minor: "blue", major: "vermillion", signal: "purple" } as const;
