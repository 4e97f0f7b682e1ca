/** The TypeScript service, loaded module by module: the way that always works. Its first argument is that of {@link serve}. */
import { serve } from "./serve.js";

await serve(process.argv[2]);
