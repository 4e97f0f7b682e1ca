/** The plugins of the extension. */
import { labs } from "./launcher/labs-plugin.js";
import { notebooks } from "./open-notebooks/notebooks-plugin.js";
import { addressSpace } from "./panel/panel-plugin.js";
import { renderer } from "./renderer-plugin.js";
import { preferences } from "./settings/preferences-plugin.js";
import { faultStatus } from "./status/faults-plugin.js";
import { traces } from "./trace/trace-plugin.js";

export default [renderer, notebooks, preferences, addressSpace, traces, labs, faultStatus];
