/**
 * Resolves the imports of cells and of the files beside the notebook anew for every cell, so that a file or package is found as
 * soon as it exists. The compiler's own resolution remembers failures until a file watcher tells otherwise, and cells are
 * checked without watchers. The imports inside installed packages are resolved once.
 */
import ts from "typescript";
import type { CellSystem } from "./cell-system.js";

type Resolution = Required<
  Pick<
    ts.WatchCompilerHost<ts.EmitAndSemanticDiagnosticsBuilderProgram>,
    "resolveModuleNameLiterals" | "hasInvalidatedResolutions" | "getModuleResolutionCache"
  >
>;

/** The imports inside installed packages. All their paths are absolute, so services for different folders can share them. */
let packages: ts.ModuleResolutionCache | undefined;

/**
 * A package reached through a link is taken for what it is: files in another folder. The compiler can then name every type in it
 * by a relative path when it writes down the declarations of a cell, also those its `exports` do not reach.
 */
function withoutOrigin(resolution: ts.ResolvedModuleWithFailedLookupLocations): ts.ResolvedModuleWithFailedLookupLocations {
  const { resolvedModule } = resolution;
  if (resolvedModule === undefined) return resolution;
  return { ...resolution, resolvedModule: { ...resolvedModule, originalPath: undefined } as ts.ResolvedModuleFull };
}

const NOT_LOADED: ts.ResolvedModuleWithFailedLookupLocations = { resolvedModule: undefined };

function inPackage(path: string): ts.ResolvedModuleWithFailedLookupLocations {
  return { resolvedModule: { resolvedFileName: path, extension: ts.Extension.Dts, isExternalLibraryImport: true } };
}

/**
 * @param system tells which files can change
 * @param host the file system with the cell in it
 */
export function cellModuleResolution(system: CellSystem, host: ts.ModuleResolutionHost, options: ts.CompilerOptions): Resolution {
  packages ??= ts.createModuleResolutionCache(system.getCurrentDirectory(), (name) => name, options);
  const cache = packages;
  return {
    getModuleResolutionCache: () => cache,
    hasInvalidatedResolutions: (path) => !system.isFixed(path),
    resolveModuleNameLiterals: (literals, containingFile, redirected, fileOptions, containing) =>
      literals.map((literal) => {
        const nodes = system.typings.modulesOnDemand.get(literal.text);
        if (nodes !== undefined) return system.typings.isJoined(containingFile) ? NOT_LOADED : inPackage(nodes);
        const mode = ts.getModeForUsageLocation(containing, literal, fileOptions);
        const known = system.isFixed(containingFile) ? cache : undefined;
        return withoutOrigin(ts.resolveModuleName(literal.text, containingFile, fileOptions, host, known, redirected, mode));
      }),
  };
}
