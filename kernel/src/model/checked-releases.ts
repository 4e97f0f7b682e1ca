/** Which releases the rules were held against, and so which fences of another release nobody has seen. */
import { FENCE_NAMES, parseRelease, profileOf, type FenceName, type Release } from "./profile.js";

/** Releases whose answers were recorded or compared, ascending. */
export const CHECKED_RELEASES = [
  "5.10.262",
  "6.1.176",
  "6.12.117",
  "6.16.12",
  "6.17.13",
  "6.18.15",
  "6.18.44",
  "6.19.14",
  "7.0.13",
  "7.1.13",
  "7.2.12",
  "7.3.4",
] as const;

/** What is known about the rules of a release. */
export interface ReleaseCheck {
  /** Whether this very release was held against the model. */
  readonly checked: boolean;
  /** The nearest checked releases below and above; null beyond the oldest and the newest. */
  readonly below: string | null;
  readonly above: string | null;
  /** Fences that lie somewhere between those two: whether they hold on the release is known from its sources only, or not at all. */
  readonly unchecked: readonly FenceName[];
}

function compare(a: Release, b: Release): number {
  return a.major - b.major || a.minor - b.minor || a.stable - b.stable;
}

/**
 * Looks a release up.
 * @param release as `uname -r` gives it
 * @throws Error where the text holds no `major.minor`
 */
export function checkOf(release: string): ReleaseCheck {
  const wanted = parseRelease(release);
  const order = (checked: string): number => compare(parseRelease(checked), wanted);
  const below = CHECKED_RELEASES.findLast((checked) => order(checked) <= 0) ?? null;
  const above = CHECKED_RELEASES.find((checked) => order(checked) >= 0) ?? null;
  if (below === above) return { checked: true, below, above, unchecked: [] };
  const [oldest, newest] = [below ?? CHECKED_RELEASES[0], above ?? CHECKED_RELEASES[CHECKED_RELEASES.length - 1] ?? CHECKED_RELEASES[0]];
  const [before, after] = [profileOf(oldest), profileOf(newest)];
  return { checked: false, below, above, unchecked: FENCE_NAMES.filter((fence) => before[fence] !== after[fence]) };
}

/** The same as a sentence or two for people. */
export function profileNote(release: string): string {
  const { checked, below, above, unchecked } = checkOf(release);
  const { major, minor, stable } = parseRelease(release);
  const name = `Linux ${String(major)}.${String(minor)}.${String(stable)}`;
  if (checked) return `${name}: the model's rules were checked on this release.`;
  if (below === null)
    return `${name} is older than every release the model was checked on (${String(above)}): more may differ than it knows.`;
  if (above === null) return `${name} is newer than every release the model was checked on (${below}): what changed since is not known.`;
  const between = `${name} was not checked itself; ${below} and ${above} were`;
  if (unchecked.length === 0) return `${between}, and follow the same rules.`;
  return `${between}. They differ in ${unchecked.join(", ")}: whether these hold here was not seen.`;
}
