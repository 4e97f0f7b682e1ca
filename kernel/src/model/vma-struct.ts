/**
 * `struct vm_area_struct` as the kernel of the profile has it (include/linux/mm.h, later mm_types.h), with the values of one
 * VMA. The fields are those that decide what happens to memory; fields for NUMA, userfaultfd and statistics are left out.
 */
import { addressOf, asUnsignedLong, hex, pageOf } from "./address.js";
import type { AddressSpace } from "./address-space.js";
import type { Machine } from "./machine.js";
import { parseRelease } from "./profile.js";
import { smapsFlags, type Vma } from "./vma.js";
import type { FieldValue } from "./vma-index.js";

/** Which form of the struct: that of 2.4.0 to 2.4.9, of 2.6 before 2.6.34, of the red-black tree's last years, of the maple tree, of per-VMA locks. */
export type StructForm = "2.4" | "2.6" | "5.x" | "6.1" | "6.4";

/** One field. */
export interface StructField {
  /** The type in C. */
  readonly type: string;
  readonly name: string;
  /** The value in words; null for what the model has nothing like. */
  readonly value: string | null;
}

/** The struct of one VMA. */
export interface VmaStruct {
  readonly form: StructForm;
  /** In the order of 2.4, with later fields where they came in. */
  readonly fields: readonly StructField[];
}

/** What the values are read from. */
interface Source {
  readonly vma: Vma;
  readonly previous: Vma | null;
  readonly links: Readonly<Record<string, FieldValue>>;
  readonly flags: string;
}

interface FieldOfForms {
  readonly type: string;
  readonly name: string;
  readonly forms: readonly StructForm[];
  readonly value: (source: Source) => string | null;
}

const ALL: readonly StructForm[] = ["2.4", "2.6", "5.x", "6.1", "6.4"];
const WITH_LIST: readonly StructForm[] = ["2.4", "2.6", "5.x"];
const SINCE_RMAP: readonly StructForm[] = ["2.6", "5.x", "6.1", "6.4"];
const VMA_POINTER = "struct vm_area_struct *";

const link =
  (field: string) =>
  ({ links }: Source): string | null => {
    const value = links[field];
    if (value === undefined) return null;
    if (value === null) return "NULL";
    return typeof value === "bigint" ? `the VMA at ${hex(value)}` : String(value);
  };

const notModelled = (): null => null;

const FIELDS: readonly FieldOfForms[] = [
  { type: "struct mm_struct *", name: "vm_mm", forms: ALL, value: notModelled },
  { type: "unsigned long", name: "vm_start", forms: ALL, value: ({ vma }) => hex(addressOf(vma.start)) },
  { type: "unsigned long", name: "vm_end", forms: ALL, value: ({ vma }) => hex(addressOf(vma.end)) },
  { type: VMA_POINTER, name: "vm_next", forms: WITH_LIST, value: link("vm_next") },
  {
    type: VMA_POINTER,
    name: "vm_prev",
    forms: ["5.x"],
    value: ({ previous }) => (previous === null ? "NULL" : `the VMA at ${hex(addressOf(previous.start))}`),
  },
  { type: "pgprot_t", name: "vm_page_prot", forms: ALL, value: ({ vma }) => vma.perms },
  { type: "unsigned long", name: "vm_flags", forms: ALL, value: ({ flags }) => flags },
  { type: "short", name: "vm_avl_height", forms: ["2.4"], value: link("vm_avl_height") },
  { type: VMA_POINTER, name: "vm_avl_left", forms: ["2.4"], value: link("vm_avl_left") },
  { type: VMA_POINTER, name: "vm_avl_right", forms: ["2.4"], value: link("vm_avl_right") },
  { type: "rb_node: unsigned long", name: "vm_rb.rb_parent", forms: ["2.6", "5.x"], value: link("vm_rb.rb_parent") },
  { type: "rb_node: colour", name: "vm_rb.rb_color", forms: ["2.6", "5.x"], value: link("vm_rb.rb_color") },
  { type: "rb_node: struct rb_node *", name: "vm_rb.rb_left", forms: ["2.6", "5.x"], value: link("vm_rb.rb_left") },
  { type: "rb_node: struct rb_node *", name: "vm_rb.rb_right", forms: ["2.6", "5.x"], value: link("vm_rb.rb_right") },
  { type: "unsigned long", name: "rb_subtree_gap", forms: ["5.x"], value: notModelled },
  { type: "unsigned int", name: "vm_lock_seq", forms: ["6.4"], value: notModelled },
  { type: "struct list_head", name: "anon_vma_chain", forms: ["5.x", "6.1", "6.4"], value: ({ vma }) => chainInWords(vma) },
  {
    type: "struct anon_vma *",
    name: "anon_vma",
    forms: SINCE_RMAP,
    value: ({ vma }) => (vma.anonVma === 0 ? "NULL" : `number ${String(vma.anonVma)}`),
  },
  {
    type: "const struct vm_operations_struct *",
    name: "vm_ops",
    forms: ALL,
    value: ({ vma }) => (vma.file === null ? "NULL" : "those of the file"),
  },
  { type: "unsigned long", name: "vm_pgoff", forms: ALL, value: ({ vma }) => `${String(vma.pgoff)} pages` },
  { type: "struct file *", name: "vm_file", forms: ALL, value: ({ vma }) => vma.file?.name ?? "NULL" },
  { type: "unsigned long", name: "vm_raend", forms: ["2.4"], value: notModelled },
  { type: "void *", name: "vm_private_data", forms: ALL, value: notModelled },
];

/** The struct of the VMA that contains an address, or null where nothing is mapped. */
export function vmaStruct(machine: Machine, mm: AddressSpace, address: bigint): VmaStruct | null {
  const page = pageOf(asUnsignedLong(address));
  let previous: Vma | null = null;
  for (const vma of mm.vmas()) {
    if (vma.end > page) {
      if (vma.start > page) return null;
      const form = formOf(machine.profile.release);
      const flags = smapsFlags(vma.flags, machine.profile.lockOnFaultShown).join(" ");
      const source: Source = { vma, previous, links: mm.index.fieldsOf(vma), flags };
      const fields = FIELDS.filter(({ forms }) => forms.includes(form));
      return { form, fields: fields.map(({ type, name, value }) => ({ type, name, value: value(source) })) };
    }
    previous = vma;
  }
  return null;
}

function formOf(release: string): StructForm {
  if (release === "linux-2.4") return "2.4";
  const { major, minor } = parseRelease(release);
  if (major > 6 || (major === 6 && minor >= 4)) return "6.4";
  if (major === 6 && minor >= 1) return "6.1";
  return major <= 2 ? "2.6" : "5.x";
}

function chainInWords({ chain }: Vma): string {
  if (chain === 0) return "empty";
  return chain === 1 ? "one anon_vma" : "more than one anon_vma";
}
