"""Runs a notebook as nbgrader does and prints what nbgrader's rule gives for each cell that is marked by tests, as JSON."""

import json
import sys

import nbformat
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, kernel_name="mmaplab", allow_errors=True, timeout=120).execute()
marks = {}
for cell in notebook.cells:
    info = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "code" and info.get("grade"):
        marks[info["grade_id"]] = determine_grade(cell)[0]
print(json.dumps(marks))
