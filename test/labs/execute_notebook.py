"""Executes a notebook with nbclient: execute_notebook.py SOURCE TARGET FOLDER

Every cell runs, also after one that fails: TARGET holds the outputs, errors among them. FOLDER is where the kernel runs.
"""
import sys

import nbformat
from nbclient import NotebookClient

source, target, folder = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = NotebookClient(
    notebook,
    kernel_name="mmaplab",
    startup_timeout=120,
    timeout=180,
    allow_errors=True,
    resources={"metadata": {"path": folder}},
)
client.execute()
nbformat.write(notebook, target)
