/** The choice of the kernel whose rules and structures a trace is shown with. */
import { CHECKED_RELEASES, DISPLAY_ONLY_RELEASES } from "mmaplab/model";
import { printable } from "mmaplab/views";
import type { Phrases } from "../phrases.js";

/**
 * @param recorded the release the trace was made on
 * @param onChange hears the release chosen; undefined for the recorded one
 */
export function releaseChoice(recorded: string, trans: Phrases, onChange: (release: string | undefined) => void): HTMLElement {
  const label = document.createElement("label");
  label.className = "mmaplab-trace-release";
  const select = document.createElement("select");
  const option = (value: string, text: string): HTMLOptionElement => {
    const made = document.createElement("option");
    made.value = value;
    made.textContent = text;
    return made;
  };
  select.append(option("", trans.__("Linux %1, as recorded", printable(recorded, 60))));
  for (const release of CHECKED_RELEASES) select.append(option(release, trans.__("Linux %1", release)));
  for (const release of DISPLAY_ONLY_RELEASES) select.append(option(release, trans.__("%1 (structures only)", release)));
  select.addEventListener("change", () => onChange(select.value === "" ? undefined : select.value));
  label.append(trans.__("Model:"), " ", select);
  return label;
}
