/**
 * Two kernels of the past, for display only: which structure ordered the VMAs, and how `struct vm_area_struct` looked. What
 * calls and faults do is not claimed for them: it is what the default release does, and the profile says so.
 */
import { DEFAULT_RELEASE, parseRelease, profileOf, type Profile } from "./profile.js";
import type { IndexKind } from "./vma-index.js";

/** The names of profiles that are for display only. */
export const DISPLAY_ONLY_RELEASES = ["linux-2.4", "linux-2.6"] as const;

/** A profile for display only. */
export type DisplayOnlyRelease = (typeof DISPLAY_ONLY_RELEASES)[number];

const ERAS: Readonly<Record<DisplayOnlyRelease, { readonly index: IndexKind; readonly was: string }>> = {
  "linux-2.4": { index: "list+avl", was: "Linux 2.4.0 to 2.4.9: a sorted list, and an AVL tree over it from 32 VMAs on" },
  "linux-2.6": { index: "rb", was: "Linux 2.4.10 to 6.0, with the struct of 2.6.x: a sorted list and a red-black tree over it" },
};

/** A profile with what is displayed beside it. */
export interface DisplayedProfile {
  /** The rules that calls and faults follow. */
  readonly profile: Profile;
  /** Which index the kernel had. */
  readonly index: IndexKind;
  /** What must be said beside anything shown of this profile; null where nothing is. */
  readonly note: string | null;
}

/**
 * The profile of a release, or of one of {@link DISPLAY_ONLY_RELEASES}.
 * @throws Error where the text is neither
 */
export function displayedProfileOf(release: string): DisplayedProfile {
  const name = DISPLAY_ONLY_RELEASES.find((one) => one === release);
  if (name === undefined) return { profile: profileOf(release), index: indexOfRelease(release), note: null };
  const { index, was } = ERAS[name];
  const note = `${was}. Only the index and the struct are of that time: what calls and faults do is what Linux ${DEFAULT_RELEASE} does.`;
  return { profile: { ...profileOf(DEFAULT_RELEASE), release: name }, index, note };
}

/** The maple tree came with 6.1, the red-black tree with 2.4.10, and the AVL tree was never without its list. */
function indexOfRelease(release: string): IndexKind {
  const { major, minor, stable } = parseRelease(release);
  if (major > 6 || (major === 6 && minor >= 1)) return "maple";
  const beforeRb = major < 2 || (major === 2 && (minor < 4 || (minor === 4 && stable < 10)));
  return beforeRb ? "list+avl" : "rb";
}
