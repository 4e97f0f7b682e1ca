/** What the linter enforces: the import rules between the parts, strict types, short files. Formatting is Prettier's. */
import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** The parts of the kernel and which of the others each may import. `cli` may import all. */
const PARTS = {
  abi: [],
  model: ["abi"],
  views: [],
  linux: ["abi"],
  probe: ["abi", "linux"],
  lab: ["abi", "model", "linux", "probe", "views"],
  reproduce: ["abi", "model", "linux", "probe", "lab", "views"],
  jupyter: ["abi", "runtime"],
  runtime: ["abi"],
  grade: ["abi", "linux", "probe", "lab", "views"],
  cli: ["abi", "model", "views", "linux", "probe", "lab", "reproduce", "jupyter", "runtime", "grade"],
};

/** Parts of which only types may be imported, which leave nothing behind in what runs. */
const TYPES_OF = { views: ["model"] };

/** Parts that run in the browser too: no Node, no packages. */
const PURE = ["abi", "model", "views"];

/**
 * A rule for all ways to import: static, `export from`, and import().
 * @param {readonly { regex: string, message: string, allowTypeImports?: boolean }[]} patterns
 */
function restrictImports(patterns) {
  const dynamic = patterns.map(({ regex, message }) => ({
    selector: `ImportExpression > Literal[value=/${regex.replaceAll("/", "\\u002F")}/]`,
    message,
  }));
  return {
    "no-restricted-imports": ["error", { patterns }],
    "no-restricted-syntax": ["error", ...dynamic],
  };
}

const importRules = Object.entries(PARTS).map(([part, allowed]) => {
  const types = TYPES_OF[part] ?? [];
  const forbidden = Object.keys(PARTS).filter((other) => other !== part && !allowed.includes(other) && !types.includes(other));
  const patterns = [
    { regex: "^mmaplab(/|$)", message: "Inside the kernel, import by relative path." },
    { regex: "^(\\.\\./)+(extension|test|notebooks|setup)/", message: "The kernel's sources import nothing from outside kernel/src." },
  ];
  if (forbidden.length > 0) {
    const may = allowed.length > 0 ? `only ${allowed.join(", ")}` : "none of the others";
    patterns.push({ regex: `^(\\.\\./)+(${forbidden.join("|")})/`, message: `Of the kernel's parts, ${part} may import ${may}.` });
  }
  for (const other of types)
    patterns.push({ regex: `^(\\.\\./)+${other}/`, message: `Of ${other}, ${part} may import only types.`, allowTypeImports: true });
  if (PURE.includes(part)) patterns.push({ regex: "^(?!\\.)", message: `${part} runs in the browser too: no Node modules, no packages.` });
  return { files: [`kernel/src/${part}/**/*.ts`], rules: restrictImports(patterns) };
});

export default tseslint.config(
  { ignores: ["**/dist/", "**/node_modules/", ".venv/", ".mmaplab/", "extension/lib/", "extension/labextension/", "test/results/"] },
  eslint.configs.recommended,
  ...tseslint.configs.strict,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      // Output goes through Jupyter's messages; only what has no other way out is left to the console.
      "no-console": ["error", { allow: ["warn", "error"] }],
      // Text shown to people has its control characters taken out, which a pattern must name.
      "no-control-regex": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" }],
      // A catch or a function that does nothing needs a comment that says why.
      "no-empty": "error",
      "@typescript-eslint/no-empty-function": "error",
      // `void` marks a promise nobody waits for.
      "@typescript-eslint/no-confusing-void-expression": "off",
    },
  },
  {
    // Rules that need types; they find the promise nobody awaits.
    files: ["kernel/src/**/*.ts", "extension/src/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
    },
  },
  {
    files: ["**/*.mjs", "eslint.config.js"],
    languageOptions: { globals: nodeGlobals() },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: { sourceType: "commonjs", globals: { ...nodeGlobals(), require: "readonly", module: "writable" } },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    // What these print is for the terminal they were started from.
    files: ["kernel/src/cli/**/*.ts", "kernel/src/lab/publish.ts"],
    rules: { "no-console": "off" },
  },
  {
    // Read by every Node there ever was, so that an old one can say that it is too old.
    files: ["kernel/setup/node-version.cjs"],
    languageOptions: { ecmaVersion: 5, sourceType: "script", globals: { process: "readonly" } },
    rules: { "no-var": "off" },
  },
  ...importRules,
  {
    files: ["extension/src/**/*.ts"],
    rules: restrictImports([
      { regex: "^mmaplab(?!/(model|views)$)", message: "The extension imports only mmaplab/model and mmaplab/views." },
      {
        regex: "^(\\.\\./)+(kernel|test|notebooks)/",
        message: "The extension imports the kernel by its package: mmaplab/model, mmaplab/views.",
      },
      { regex: "^node:", message: "The extension runs in the browser." },
    ]),
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // A test says what it expects: an absent value then fails it with a stack trace.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);

function nodeGlobals() {
  const names = [
    "process",
    "Buffer",
    "URL",
    "console",
    "performance",
    "fetch",
    "AbortController",
    "AbortSignal",
    "setInterval",
    "clearInterval",
    "setTimeout",
    "clearTimeout",
  ];
  return Object.fromEntries(names.map((name) => [name, "readonly"]));
}
