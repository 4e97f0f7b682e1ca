"""Papermill for notebooks in TypeScript: how parameters are written into them, and how `mmaplab reproduce` runs them."""

from .translator import TypeScriptTranslator

__all__ = ["TypeScriptTranslator"]
