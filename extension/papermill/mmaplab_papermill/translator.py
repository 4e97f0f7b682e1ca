"""Writes papermill's parameters as TypeScript.

The wheel registers it under the group `papermill.translators`, so that the `papermill` command finds it for every notebook whose
language is TypeScript.
"""

import json
import math
import re

from papermill.models import Parameter
from papermill.translators import Translator

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")

_DECLARATION = re.compile(
    r"^\s*(?:let|const|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*"
    r"(?::\s*(?P<type>[^=]+?)\s*)?"
    r"=\s*(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*?)\s*)?$"
)

_LARGEST_SAFE_INTEGER = 2**53 - 1


class TypeScriptTranslator(Translator):
    """A cell of declarations. A later `let` of the same name takes the place of the one in the parameters cell."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_str(cls, val):
        # JSON's strings are TypeScript's. All but ASCII is escaped, so that no line separator slips in.
        return json.dumps(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(str(str_val))

    @classmethod
    def translate_int(cls, val):
        return f"{val}n" if abs(val) > _LARGEST_SAFE_INTEGER else str(val)

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(float(val))

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def translate_dict(cls, val):
        return f"{{ {', '.join(f'{json.dumps(str(name))}: {cls.translate(item)}' for name, item in val.items())} }}"

    @classmethod
    def comment(cls, cmt_str):
        return "\n".join(f"// {line}" for line in cmt_str.split("\n"))

    @classmethod
    def assign(cls, name, str_val):
        if _IDENTIFIER.match(name) is None:
            raise ValueError(f"{name!r} cannot be the name of a TypeScript variable: use letters, digits and _ only")
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        """The declarations of the parameters cell, one a line, with the comment after each as its help."""
        found = (_DECLARATION.match(line) for line in parameters_cell["source"].splitlines())
        return [
            Parameter(
                name=match["name"],
                inferred_type_name=match["type"] or "None",
                default=match["value"],
                help=match["help"] or "",
            )
            for match in found
            if match is not None
        ]
