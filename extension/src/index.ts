/** The plugins of the extension. */
import { renderer } from "./renderer-plugin.js";

export default [renderer];
