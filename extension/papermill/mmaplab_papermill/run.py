"""Runs one notebook by papermill, as a task of `mmaplab reproduce` says.

A task is a JSON object:
  notebook, output    paths of the notebook and of its copy with outputs
  parameters          names and values
  kernel              argv of the kernel, with {connection_file}
  work                an existing folder for what Jupyter writes; the caller removes it
  folder              where the kernel runs
"""

import json
import os
from pathlib import Path

import papermill
from papermill.translators import papermill_translators

from .translator import TypeScriptTranslator

KERNEL_NAME = "mmaplab-experiment"


def run_task(task):
    """Returns None, or what went wrong, for people."""
    work = Path(task["work"])
    spec = work / "kernels" / KERNEL_NAME
    spec.mkdir(parents=True, exist_ok=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": task["kernel"],
                "display_name": "TypeScript (mmaplab)",
                "language": "typescript",
                "interrupt_mode": "message",
            }
        )
    )
    os.environ.update(
        JUPYTER_PATH=str(work),
        JUPYTER_CONFIG_DIR=str(work / "config"),
        JUPYTER_RUNTIME_DIR=str(work / "runtime"),
        JUPYTER_PLATFORM_DIRS="1",
        IPYTHONDIR=str(work / "ipython"),
    )
    papermill_translators.register("typescript", TypeScriptTranslator)
    try:
        papermill.execute_notebook(
            task["notebook"],
            task["output"],
            parameters=task["parameters"],
            kernel_name=KERNEL_NAME,
            language="typescript",
            progress_bar=False,
            cwd=task["folder"],
        )
    except papermill.PapermillExecutionError as failed:
        # Its own text holds the whole traceback with colours; the notebook with the outputs has it too.
        return f"{failed.ename}: {failed.evalue}"
    return None
