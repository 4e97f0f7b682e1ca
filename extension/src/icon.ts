/** The icon of this extension: mapped and unmapped stretches of an address space. */
import { LabIcon } from "@jupyterlab/ui-components";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161">
    <path d="M3 1h10v2.5H3z"/><path d="M3 5h10v1H3z" opacity=".4"/><path d="M3 7.5h10v3H3z"/><path d="M3 12h10v1H3z" opacity=".4"/><path d="M3 14h10v1H3z"/>
  </g>
</svg>`;

export const memoryIcon = new LabIcon({ name: "mmaplab:memory", svgstr: SVG });
